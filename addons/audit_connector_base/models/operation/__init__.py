from . import exception, exception_line, exception_of_log
