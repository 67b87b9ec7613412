from . import answer_take
