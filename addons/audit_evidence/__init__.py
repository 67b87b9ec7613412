from . import models

# isort: split
from . import controllers, wizards
