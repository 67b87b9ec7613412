from . import acknowledgement, attachment, control_result, reference, supplier
