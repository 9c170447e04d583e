"""Read the feed as QGIS does, and tell what was read as JSON. Run by the system's Python, which has QGIS.

The standard input is one JSON object: root, key, layers, files and tiles. The last line of the output is the
answer.
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDataSourceUri,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

WARD_A = QgsRectangle(-0.13, 51.46, -0.116, 51.467)


def main() -> None:
    asked = json.load(sys.stdin)
    application = QgsApplication([], False)
    application.initQgis()
    told = {"layers": {}, "files": {}, "tiles": {}}
    said = told["said"] = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, tag, _: said.append([tag, text]))
    authcfg = basic(asked["key"])
    for name, keyed in asked["layers"].items():
        told["layers"][name] = read_layer(asked["root"], name, authcfg if keyed else "")
    told["wrong key"] = read_layer(asked["root"], "concerns", basic("llk_wrong"))["valid"]
    for name, path in asked["files"].items():
        told["files"][name] = read(path, "ogr")
    for name, keyed, *place in asked["tiles"]:
        told["tiles"][name] = draw_tile(asked["root"], name, authcfg if keyed else "", place)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    os._exit(0)  # without taking QGIS down, which may crash when it does so by itself


def basic(key: str) -> str:
    """Keep a key as QGIS keeps it: Basic with any user name, without which it sends nothing."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("of a test", True)
    config = QgsAuthMethodConfig("Basic")
    config.setName("Lamplight")
    config.setConfig("username", "key")
    config.setConfig("password", key)
    manager.storeAuthenticationConfig(config)
    return config.id()


def read_layer(root: str, name: str, authcfg: str) -> dict:
    uri = QgsDataSourceUri()
    uri.setParam("url", f"{root}/feed/")
    uri.setParam("typename", name)
    uri.setParam("pageSize", "2")
    uri.setParam("restrictToRequestBBOX", "1")  # "Only request features overlapping the view extent"
    if authcfg:
        uri.setAuthConfigId(authcfg)
    return read(uri.uri(False), "OAPIF")


def read(source: str, provider: str) -> dict:
    """Return what is in a layer; each question is asked of a fresh one, which has nothing kept yet."""
    layer = QgsVectorLayer(source, "read", provider)
    if not layer.isValid():
        return {"valid": False}
    inside = [each["id"] for each in layer.getFeatures(QgsFeatureRequest(WARD_A))]
    layer = QgsVectorLayer(source, "read", provider)
    here, there = layer.crs(), QgsCoordinateReferenceSystem("EPSG:27700")
    grid = QgsCoordinateTransform(here, there, QgsProject.instance())
    found, metres, said = {}, {}, {}
    for each in layer.getFeatures():
        said[each["id"]] = {name: plain(each[name]) for name in each.fields().names()}
        shape = each.geometry()
        found[each["id"]] = None if shape.isNull() else shape.asWkt(7)
        if not shape.isNull():
            shape.transform(grid)
            metres[each["id"]] = shape.asWkt(3)
    return {
        "valid": True,
        "crs": here.authid(),
        "count": layer.featureCount(),
        "features": found,
        "metres": metres,
        "inside": inside,
        "values": said,
    }


def plain(value: object) -> object:
    """Return a value as JSON has it."""
    if hasattr(value, "isNull") and value.isNull():
        return None
    if hasattr(value, "toString"):
        return (
            value.toString("yyyy-MM-dd")
            if type(value).__name__ == "QDate"
            else value.toUTC().toString("yyyy-MM-ddTHH:mm:ssZ")
        )
    return value


def draw_tile(root: str, name: str, authcfg: str, place: list[int]) -> dict:
    address = f"{root}/feed/collections/{name}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    uri = QgsDataSourceUri()
    uri.setParam("type", "xyz")
    uri.setParam("url", address)
    uri.setParam("zmin", "0")
    uri.setParam("zmax", "20")
    if authcfg:
        uri.setAuthConfigId(authcfg)
    layer = QgsVectorTileLayer(bytes(uri.encodedUri()).decode(), name)
    if not layer.isValid():
        return {"valid": False}
    return {"valid": True, "drawn": drawn(layer, *place)}


def drawn(layer: QgsVectorTileLayer, z: int, x: int, y: int) -> int:
    """Draw a tile's place and return how many pixels are not empty."""
    edge = 20037508.342789244
    width = 2 * edge / 2**z
    west, north = -edge + x * width, edge - y * width
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(west, north - width, west + width, north))
    settings.setOutputSize(QSize(256, 256))
    settings.setBackgroundColor(QColor(255, 255, 255))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    white = QColor(255, 255, 255).rgb()
    return sum(image.pixel(i, j) != white for i in range(256) for j in range(256))


main()
