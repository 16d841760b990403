class ByHttp:
    pass
