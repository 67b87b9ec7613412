from . import acknowledgement, control_result, reference, supplier
