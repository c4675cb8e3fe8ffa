"""Front ends: named problems, file formats and the exact checker."""
