"""Typed tables: what has a life of its own and is written by actions."""

from geoapp.model.answer import ConcernOwner, PostcodeDistrict, PublicAnswer
from geoapp.model.audit import AuditEntry
from geoapp.model.base import Base
from geoapp.model.concern import Concern, ConcernArea, ConcernFactor, Factor, Photo, StatusEvent, Tombstone
from geoapp.model.figure import (
    FigureCell,
    FigureConcern,
    FigureConcernYear,
    FigureReach,
    FigureTotal,
    FigureWalk,
    FigureWalkYear,
)
from geoapp.model.ground import Ground
from geoapp.model.person import (
    ApiToken,
    FeedKey,
    FeedKeyBorough,
    Person,
    PersonBorough,
    SignIn,
    SignInFailure,
    Team,
)
from geoapp.model.scheme import (
    Asking,
    Erasure,
    Feedback,
    JoinableWalk,
    JoinRequest,
    Message,
    RequestEvent,
)
from geoapp.model.walk import Exposure, Track, TrackChunk, Walk
from geoapp.model.ward import Area, Borough, CellWard, Edition

__all__ = [
    "ApiToken",
    "Area",
    "Asking",
    "AuditEntry",
    "Base",
    "Borough",
    "CellWard",
    "Concern",
    "ConcernArea",
    "ConcernFactor",
    "ConcernOwner",
    "Edition",
    "Erasure",
    "Exposure",
    "Factor",
    "FeedKey",
    "FeedKeyBorough",
    "Feedback",
    "FigureCell",
    "FigureConcern",
    "FigureConcernYear",
    "FigureReach",
    "FigureTotal",
    "FigureWalk",
    "FigureWalkYear",
    "Ground",
    "JoinRequest",
    "JoinableWalk",
    "Message",
    "Person",
    "PersonBorough",
    "Photo",
    "PostcodeDistrict",
    "PublicAnswer",
    "RequestEvent",
    "SignIn",
    "SignInFailure",
    "StatusEvent",
    "Team",
    "Tombstone",
    "Track",
    "TrackChunk",
    "Walk",
]
