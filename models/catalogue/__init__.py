"""Every model of both services as data, and what names, forms and prices follow from it."""
