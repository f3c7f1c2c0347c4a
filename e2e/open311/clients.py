"""Other people's Open311 clients against our door: clients.py BASE API_KEY PICTURE. Prints one line a check; ends with 1 if any fails."""
import itertools
import json
import sys
import traceback

itertools.ifilter = filter  # the one shim: `three` 0.8.0 was written for Python 2

import requests  # noqa: E402
from civicbot.http import HttpTransport  # noqa: E402
from civicbot.open311 import CONFIRM_TOKEN, Open311Client, ValidationError  # noqa: E402
from civicbot.registry import Endpoint  # noqa: E402
from georeport import GeoReport  # noqa: E402
from three import Three  # noqa: E402

base, key, picture = sys.argv[1:4]
root = f"{base}/open311/v2"
LAT, LON = 30.004, 120.604
failed = 0


def check(name):
    def run(test):
        global failed
        try:
            print(f"ok   {name}: {test()}")
        except Exception:  # every fault of a client is a fault of the door
            failed += 1
            print(f"FAIL {name}")
            traceback.print_exc(limit=4, file=sys.stdout)

    return run


def is_request(r):
    for field in ("service_request_id", "status", "service_name", "service_code", "description", "requested_datetime", "updated_datetime", "lat", "long", "address"):
        assert field in r, f"{field} is missing in {r}"
    assert r["status"] in ("open", "closed")
    return r["service_request_id"]


def has(definition, code, value):
    return any(a["code"] == code and any(v["key"] == value for v in a["values"]) for a in definition["attributes"])


made = {}


@check("civicbot: services, definition and a request, checked by its own rules")
def _():
    endpoint = Endpoint.from_dict({"id": "gongzhi", "name": "gongzhi", "base_url": root, "write": True, "api_key_required_for_write": True}) if hasattr(Endpoint, "from_dict") else Endpoint(id="gongzhi", name="gongzhi", base_url=root, write=True)
    client = Open311Client(endpoint, HttpTransport())
    services = client.list_services(LAT, LON)
    assert services and all(isinstance(s["metadata"], bool) for s in services)
    definition = client.get_service_definition("HAZ")
    assert all(isinstance(a["required"], bool) and isinstance(a["variable"], bool) for a in definition["attributes"])
    try:
        client.build_request("HAZ", lat=LAT, lng=LON, attributes={}, definition=definition, known_services=services)
        raise AssertionError("a required attribute was not asked for")
    except ValidationError as refused:
        assert "category" in str(refused)
    sent = client.create_request("HAZ", dry_run=False, confirm=CONFIRM_TOKEN, api_key=key, validate_remote=True, lat=LAT, lng=LON, description="路口路灯不亮", attributes={"category": "lamp", "affects": ["pedestrian", "nonmotor"]} if has(definition, "affects", "nonmotor") else {"category": "lamp"}, first_name="San", last_name="Zhang", phone="13800000000")
    made["civicbot"] = sent.response[0]["service_request_id"]
    one = client.get_request(made["civicbot"])
    assert is_request(one) == made["civicbot"]
    both = client.list_requests(service_request_ids=[made["civicbot"]])
    assert [r["service_request_id"] for r in both] == [made["civicbot"]]
    page = client.list_requests(status="open", page_size=1)
    assert len(page) == 1
    token = sent.response[0]["service_notice"].rsplit("/", 1)[-1]
    assert client.get_token(token)[0]["service_request_id"] == made["civicbot"]
    return made["civicbot"]


for spelling in ("json", "xml"):

    @check(f"georeport in {spelling}")
    def _():
        client = GeoReport(root, api_key=key, output_format=spelling)
        services = client.get_service_list()
        services = services if isinstance(services, list) else [services]
        assert "HAZ" in [s["service_code"] for s in services]
        definition = client.get_service_definition("HAZ")
        assert definition["service_code"] == "HAZ"
        found = client.get_service_requests(service_code="HAZ")
        found = found if isinstance(found, list) else [found]
        assert made["civicbot"] in [is_request(r) for r in found]
        one = client.get_service_request(made["civicbot"])
        assert is_request(one) == made["civicbot"]
        closed = client.get_service_requests(status="open", start_date="2020-01-01T00:00:00Z", end_date="2020-01-02T00:00:00Z") if spelling == "json" else []
        assert closed == []
        return len(found)


@check("three: discovery, services, requests, tokens, POST and a picture by multipart")
def _():
    client = Three(root, api_key=key)
    assert client.discovery()["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert "HAZ" in [s["service_code"] for s in client.services()]
    assert client.services("HAZ")["service_code"] == "HAZ"
    plain = client.post("HAZ", **{"address": "胜利路", "lat": LAT, "long": LON, "name": "San Zhang", "phone": "13800000001", "description": "护栏损坏", "attribute[category]": "guardrail"})
    assert "service_request_id" in plain[0], plain
    with open(picture, "rb") as media:
        pictured = client.post("HAZ", **{"lat": LAT, "long": LON, "description": "带照片", "attribute[category]": "pothole", "media": media})
    assert "service_request_id" in pictured[0], pictured
    one = client.request(pictured[0]["service_request_id"])
    assert is_request(one[0])
    listed = client.requests("HAZ", count=2)
    assert len(listed) == 2
    by_date = client.requests(start="01-01-2026", end="12-31-2026")
    assert isinstance(by_date, list)
    token = pictured[0]["service_notice"].rsplit("/", 1)[-1]
    assert client.token(token)[0]["service_request_id"] == pictured[0]["service_request_id"]
    return pictured[0]["service_request_id"]


@check("discovery to the letter of the validator's rules")
def _():
    for suffix, kind in (("xml", "text/xml; charset=utf-8"), ("json", "application/json; charset=utf-8")):
        answer = requests.get(f"{base}/open311/discovery.{suffix}")
        assert answer.headers["content-type"] == kind, answer.headers["content-type"]
    document = answer.json()
    assert document["contact"] and document["key_service"] and document["changeset"] < "2030"
    endpoint = document["endpoints"][0]
    assert endpoint["type"] in ("production", "test") and "text/xml" in endpoint["formats"] and endpoint["url"].endswith("/open311/v2")
    return endpoint["type"]


@check("faults as the specification has them, in both spellings")
def _():
    for method, path, form, status in (
        ("GET", "services/NONE", None, 404),
        ("GET", "requests/NONE", None, 404),
        ("GET", "tokens/NONE", None, 404),
        ("GET", "requests?start_date=soon", None, 400),
        ("GET", "requests?status=fixed", None, 400),
        ("POST", "requests", {"service_code": "HAZ", "lat": LAT, "long": LON, "attribute[category]": "lamp"}, 403),
        ("POST", "requests", {"api_key": "wrong", "service_code": "HAZ", "lat": LAT, "long": LON, "attribute[category]": "lamp"}, 403),
        ("POST", "requests", {"api_key": key, "lat": LAT, "long": LON}, 400),
        ("POST", "requests", {"api_key": key, "service_code": "NONE", "lat": LAT, "long": LON}, 404),
        ("POST", "requests", {"api_key": key, "service_code": "HAZ", "attribute[category]": "lamp"}, 400),
        ("POST", "requests", {"api_key": key, "service_code": "HAZ", "lat": LAT, "long": LON}, 400),
        ("POST", "requests", {"api_key": key, "service_code": "HAZ", "lat": LAT, "long": LON, "attribute[category]": "no such"}, 400),
    ):
        name, _, query = path.partition("?")
        for suffix in ("json", "xml"):
            answer = requests.request(method, f"{root}/{name}.{suffix}?{query}", data=form)
            assert answer.status_code == status, f"{method} {path}.{suffix} {form}: {answer.status_code} {answer.text}"
            if suffix == "json":
                fault = answer.json()[0]
                assert str(fault["code"]) == str(status) and fault["description"], fault
            else:
                assert "<errors><error><code>" in answer.text, answer.text
    return "12 faults"


@check("nothing of the reporter leaves, not even with extensions")
def _():
    text = requests.get(f"{root}/requests.json?extensions=true").text + requests.get(f"{root}/requests.xml?extensions=true").text
    for secret in ("13800000000", "13800000001", "Zhang"):
        assert secret not in text, secret
    noted = [r for r in json.loads(requests.get(f"{root}/requests/{made['civicbot']}.json?extensions=true").text)][0]
    assert noted["notes"] and noted["attributes"]
    return len(noted["notes"])


@check("updates out and in, each once")
def _():
    out = requests.get(f"{root}/servicerequestupdates.json").json()
    assert isinstance(out, list)
    form = {"api_key": key, "service_request_id": made["civicbot"], "update_id": "u1", "status": "OPEN", "updated_datetime": "2026-11-22T08:30:00+08:00", "description": "市民补充：两盏灯都不亮"}
    for _ in range(2):
        answer = requests.post(f"{root}/servicerequestupdates.xml", data=form)
        assert answer.status_code == 200 and "<update_id>u1</update_id>" in answer.text, answer.text
    assert requests.post(f"{root}/servicerequestupdates.xml", data={**form, "status": "SOLVED"}).status_code == 400
    return len(out)


print(json.dumps(made))
sys.exit(1 if failed else 0)
