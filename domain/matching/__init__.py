"""Which campaigns a worker is offered first, and why."""
