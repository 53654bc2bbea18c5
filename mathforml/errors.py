"""The exceptions of this package: one family, one sentence each."""


class MathForMLError(Exception):
    """Base of all errors of this package."""


class ArgumentError(MathForMLError, ValueError):
    """An argument is not what the method needs: its type, shape, range, or a value in it."""


class ConvergenceError(MathForMLError, ArithmeticError):
    """An iteration did not reach its tolerance, or left the numbers."""


class SingularError(MathForMLError, ArithmeticError):
    """A matrix that has to be solved with is singular: the answer does not exist or is not unique."""


class InfeasibleError(MathForMLError, ArithmeticError):
    """No point satisfies the constraints."""


class UnboundedError(MathForMLError, ArithmeticError):
    """The objective falls without end on the points that satisfy the constraints."""
