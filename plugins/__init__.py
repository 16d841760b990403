"""The plugin host and the providers we ship: they see the ports, never the domain behind them."""
