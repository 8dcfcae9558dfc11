"""The prompt of `ellar shell`: by IPython or Python itself; what is awaited runs beside the application."""
