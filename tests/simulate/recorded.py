"""Made-up recorded files with the columns of the real ones, for tests that must not need the real ones."""

from __future__ import annotations

import csv
import lzma
from pathlib import Path
from random import Random

from pydispatch_cli.simulate.travel import Place, moved

MIDNIGHT_S = 1_211_439_600  # 2008-05-22 00:00 in UTC-7
CENTER = Place(37.77, -122.43)

FIRE_COLUMNS = ("RowID", "Dispatch DtTm", "On Scene DtTm", "Available DtTm", "Unit Type", "Address", "lat", "lon")
FIRE_ROWS = [
    ("1-M01", "2018-02-07 08:01:00", "2018-02-07 08:10:00", "2018-02-07 08:40:00", "MEDIC"),
    ("1-E01", "2018-02-07 08:01:10", "2018-02-07 08:06:00", "2018-02-07 08:20:00", "ENGINE"),
    ("2-E01", "2018-02-07 09:00:00", "", "2018-02-07 09:05:00", "ENGINE"),
    ("3-T01", "2018-02-07 09:30:00", "2018-02-07 09:40:00", "2018-02-07 10:00:00", "TRUCK"),
    ("4-B01", "2018-02-07 09:45:00", "2018-02-07 09:50:00", "2018-02-07 10:30:00", "CHIEF"),
    ("5-A01", "2018-02-07 10:15:00", "2018-02-07 10:30:00", "2018-02-07 11:10:00", "PRIVATE"),
    ("6-M01", "2018-02-07 10:20:00", "2018-02-07 10:30:00", "2018-02-07 11:00:00", "MEDIC"),
    ("7-X01", "2018-02-07 10:20:00", "2018-02-07 10:30:00", "2018-02-07 11:00:00", "BLIMP"),
    ("8-M01", "2018-02-07 23:50:00", "2018-02-07 23:55:00", "2018-02-08 00:30:00", "MEDIC"),
    ("9-M01", "2018-02-06 10:20:00", "2018-02-06 10:30:00", "2018-02-06 11:00:00", "MEDIC"),
]
REQUEST_COLUMNS = ("service_request_id", "requested_datetime", "service_name", "service_subtype")
REQUEST_ROWS = [
    ("11", "2017-07-26T10:00:00", "Street and Sidewalk Cleaning", "Bulky Items"),
    ("12", "2017-07-26T10:30:00", "Graffiti", "Graffiti on Pole"),
    ("13", "2017-07-26T11:00:00", "Homeless Concerns", "Human Waste"),
    ("14", "2017-07-26T11:30:00", "MUNI Feedback", "Conduct"),
]


def write_recorded(folder: Path, vehicles: int = 12) -> None:
    """Writes traces of some vehicles over a whole day, ten fire calls and four requests."""
    random = Random(5)
    _write_traces(folder / "cabs_2008-05-22.csv.xz", vehicles, random)
    with (folder / "fire_dispatch_made_up.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIRE_COLUMNS)
        for row in FIRE_ROWS:
            place = _somewhere(random)
            writer.writerow([*row, "1 Made Up St", place.lat_deg, place.lon_deg])
    with (folder / "sf311_made_up.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*REQUEST_COLUMNS, "address", "lat", "long"])
        for row in REQUEST_ROWS:
            place = _somewhere(random)
            writer.writerow([*row, "2 Made Up St", place.lat_deg, place.lon_deg])


def _write_traces(path: Path, vehicles: int, random: Random) -> None:
    points = []
    for vehicle in range(vehicles):
        place = _somewhere(random)
        for at_s in range(MIDNIGHT_S, MIDNIGHT_S + 24 * 3600, 90):
            place = moved(place, random.gauss(0, 150), random.gauss(0, 150))
            points.append((at_s, vehicle, round(place.lat_deg, 5), round(place.lon_deg, 5), 0))
    with lzma.open(path, "wt", preset=0, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("unix_ts", "cab", "lat", "lon", "occupied"))
        writer.writerows(sorted(points))


def _somewhere(random: Random) -> Place:
    return moved(CENTER, random.uniform(-4000, 4000), random.uniform(-4000, 4000))
