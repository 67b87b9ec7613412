from . import models

# isort: split
<<<<<<< HEAD
from . import adapters, controllers
=======
from . import adapters, wizards
>>>>>>> banking
