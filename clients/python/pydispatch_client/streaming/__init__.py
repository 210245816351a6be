"""Location streams: one core that decides, two shells that do the IO (asyncio and threads)."""
