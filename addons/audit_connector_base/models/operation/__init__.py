from . import exception, exception_line
