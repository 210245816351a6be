"""A simulated day of a city, dispatched by a real server and, beside it, by a plain baseline.

Start at `commands.py` for the two commands, at `world.py` for the words, at `driver.py` for one step of simulated time.
Everything here is input, physics or measurement: no dispatching decision of ours is taken in this package.
"""
