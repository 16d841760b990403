"""Operations that frontends registered beforehand: texts by the hash of their text."""
