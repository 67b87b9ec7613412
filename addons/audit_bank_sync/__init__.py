from . import models

# isort: split
from . import adapters, controllers, wizards
