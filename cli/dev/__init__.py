"""The supervisor behind `backoffice dev`: every part of the product on one machine, and none left behind."""
