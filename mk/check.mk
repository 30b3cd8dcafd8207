# make lint, make format.
