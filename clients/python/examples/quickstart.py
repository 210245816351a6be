"""Books a plumber. Start a server with `pydispatch serve`, then run this file; it prints who comes and when."""

import os
from datetime import UTC, datetime, timedelta

from pydispatch_client import DispatchClient, names
from pydispatch_client import messages as m

home = m.LatLng(lat_deg=37.77, lon_deg=-122.42)
skill = m.SkillLevel(skill="plumbing", level=2)
today = m.TimeWindow(start_time=datetime.now(UTC), end_time=datetime.now(UTC) + timedelta(hours=8))

with DispatchClient(os.environ.get("PYDISPATCH_SERVER", "127.0.0.1:50051")) as client:
    region = names.region("default")
    leak = client.catalog.create(region, "leak", m.Service(duration_s=3600, required_skills=[skill]))
    ann = m.Technician(home_location=home, skills=[skill], shifts=[m.Shift(window=today)])
    client.technicians.create(region, "ann", ann)
    booked = client.bookings.create(region, m.Booking(service=leak.name, site=m.Site(location=home)))
    print(booked.visit.placement.technician, "arrives", booked.visit.placement.arrival_time.ToDatetime())
