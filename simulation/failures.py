"""What keeps a simulation from going on, in words for whoever started it."""


class SimulationFailure(Exception):
    """It cannot go on; the message is one line."""


class Stopped(Exception):
    """Somebody has asked to end, while something was waited for."""
