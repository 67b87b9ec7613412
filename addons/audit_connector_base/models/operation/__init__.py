from . import exception, exception_again, exception_line, exception_of_log
