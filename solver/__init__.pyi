from solver.library import CaseError as CaseError
from solver.library import Result as Result
from solver.library import load as load
from solver.library import solve as solve

__version__: str
