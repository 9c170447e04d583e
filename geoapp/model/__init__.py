"""Typed tables: what has a life of its own and is written by actions."""

from geoapp.model.audit import AuditEntry
from geoapp.model.base import Base
from geoapp.model.concern import Concern, ConcernArea, ConcernFactor, Factor, Photo, StatusEvent, Tombstone
from geoapp.model.feed import FeedChange, FeedLog, FeedPresence, FeedSettling, FeedUnsettled
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
from geoapp.model.walk import Exposure, Track, TrackChunk, Walk
from geoapp.model.ward import Area, Borough, CellWard, Edition

__all__ = [
    "ApiToken",
    "Area",
    "AuditEntry",
    "Base",
    "Borough",
    "CellWard",
    "Concern",
    "ConcernArea",
    "ConcernFactor",
    "Edition",
    "Exposure",
    "Factor",
    "FeedChange",
    "FeedKey",
    "FeedKeyBorough",
    "FeedLog",
    "FeedPresence",
    "FeedSettling",
    "FeedUnsettled",
    "FigureCell",
    "FigureConcern",
    "FigureConcernYear",
    "FigureReach",
    "FigureTotal",
    "FigureWalk",
    "FigureWalkYear",
    "Ground",
    "Person",
    "PersonBorough",
    "Photo",
    "SignIn",
    "SignInFailure",
    "StatusEvent",
    "Team",
    "Tombstone",
    "Track",
    "TrackChunk",
    "Walk",
]
