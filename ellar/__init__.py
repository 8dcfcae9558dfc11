"""ellar: the runtime that generated projects import."""

__version__ = "0.1.0"
