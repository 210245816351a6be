"""What a request must fulfil before anything is decided: the contract's own rules, then those it cannot express.

Start at `check`. Rules here look at the request and the time alone; what depends on records is judged by the commands.
"""

from pydispatch_server.rules.check import check, violations, warm

__all__ = ["check", "violations", "warm"]
