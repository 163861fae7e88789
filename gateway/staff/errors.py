"""What staff can be refused. `gateway/staff/refusals.py` gives each its status; `str()` is the sentence on the page.

StaffError
├── NotSignedIn
├── SignInRefused
├── StaffForbidden
├── FormRefused
├── FormInvalid
├── InvitationOver
├── StaffNameTaken
└── UnknownMember
"""

from __future__ import annotations

from gateway.errors import GatewayError


class StaffError(GatewayError):
    """Base of these errors."""


class NotSignedIn(StaffError):
    """Nobody is signed in by this browser."""

    def __str__(self) -> str:
        return "Sign in to go on."


class SignInRefused(StaffError):
    """Name, password and code do not belong together; which of them is wrong is not told."""

    def __str__(self) -> str:
        return "The name, the password or the code is not right."


class StaffForbidden(StaffError):
    """They are of the team, and this needs another role."""

    def __init__(self, duty: str) -> None:
        super().__init__(duty)
        self.duty = duty

    def __str__(self) -> str:
        return f"Your role does not allow this ({self.duty})."


class FormRefused(StaffError):
    """A form that did not come from our own page, or from one of before the sign-in."""

    def __str__(self) -> str:
        return "This form is out of date. Go back, load the page again and send it once more."


class FormInvalid(StaffError):
    """Something in a form cannot be taken; `reason` is a whole sentence, `details` are further ones."""

    def __init__(self, reason: str, *, status: int = 422, details: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.status, self.details = reason, status, details

    def __str__(self) -> str:
        return self.reason


class InvitationOver(StaffError):
    """The link was used, replaced, or is too old."""

    def __str__(self) -> str:
        return "This invitation does not hold any more. Ask for a new one."


class StaffNameTaken(StaffError):
    """Somebody has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"There is somebody called “{self.name}” already."


class UnknownMember(StaffError):
    """Nobody of the staff has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"Nobody of the staff is called “{self.name}”."
