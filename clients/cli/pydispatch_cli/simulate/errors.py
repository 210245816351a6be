"""What can go wrong in a simulation before or beside the dispatching: bad input files, a server that does not start."""


class SimulationError(Exception):
    """A sentence for the person at the terminal. Ends the command with exit code 2."""


class BadInput(SimulationError):
    """A file, column or value of the input is missing or wrong."""


class ServerRefused(SimulationError):
    """The server refused a call that it should have taken."""


class ServerFailed(SimulationError):
    """The server did not start, or died and could not be started again."""
