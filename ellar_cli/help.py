"""The words of `ellar --help`: its page and the parser read them."""

from typing import NamedTuple

ABOUT = "Write real-time web applications, and run them."
START = "ellar new project && cd project && ellar create-module car && ellar runserver"


class Entry(NamedTuple):
    """A command in the list: the group it stands in, and is parsed with; what it does; and a line to try."""

    group: str
    summary: str
    example: str


COMMANDS = {
    "new": Entry("Create", "Make a project in a new folder.", "ellar new project"),
    "create-module": Entry("Create", "Add a module with its page, websocket and tests.", "ellar create-module car"),
    "create-websocket": Entry(
        "Create", "Add a websocket to a module that is there.", "ellar create-websocket chat --module car"
    ),
    "destroy": Entry("Create", "Take out a module or a websocket again.", "ellar destroy module car"),
    "runserver": Entry("Run", "Serve the application of this project.", "ellar runserver --port 8080 --reload"),
    "app": Entry("Run", "Run a command of the application's own.", "ellar app greet Ada"),
    "shell": Entry("Run", "Open a prompt in the application, where await works.", "ellar shell"),
    "routes": Entry("Inspect", "List the routes, or say which one answers.", "ellar routes --match /car/ws-index"),
    "doctor": Entry("Inspect", "Find what is wrong with a project, and what mends it.", "ellar doctor"),
    "config": Entry("Inspect", "Show every setting, and where it comes from.", "ellar config DEBUG"),
    "connect": Entry(
        "Inspect", "Talk to a websocket from the terminal or a script.", "ellar connect /car/live-support"
    ),
    "completion": Entry("Setup", "Print what makes a shell complete what is typed.", "ellar completion bash"),
}
OPTIONS = {
    "--version": "Show the versions of ellar-kit and of what it stands on.",
    "--help": "Show this message and exit.",
}
# What completes a line, and how the file of its script ends.
SHELLS = {"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "ps1"}
