"""Requests about calls (H.225.0 sections 7.11 to 7.14): granted to endpoints, which then signal to each other.

No call is kept: bandwidth is granted as asked and a call's end is confirmed.
"""

from registrar.h323.addresses import address_of
from registrar.h323.aliases import aliases_of
from registrar.h323.endpoints import Endpoints
from registrar.h323.messages import Message, Request, admission_confirm, confirm, location_confirm, reason, reject
from registrar.model.binding import Binding, Endpoint
from registrar.model.flow import Address, Flow


def caller(request: Request, flow: Flow, endpoints: Endpoints) -> Binding | None:
    """Return the binding of the endpoint that sent the request: it knows its identifier and is where it registered."""
    bindings = endpoints.endpoint(request.get("endpointIdentifier", ""))
    if not bindings or bindings[0].flow.address[0] != flow.address[0]:
        return None
    return bindings[0]


def admission(request: Request, sender: Binding | None, endpoints: Endpoints) -> Message:
    """ARQ: the callee's signal address for a caller, its own for a callee."""
    endpoint = sender.contact.endpoint if sender is not None else None
    if endpoint is None:
        why = "invalidEndpointIdentifier" if request["answerCall"] else "callerNotRegistered"
        return reject("admissionReject", request, reason(why))
    if request["answerCall"]:
        return admission_confirm(request, endpoint.signal_address)
    callee = _called(request, endpoints)
    destination = callee.signal_address if callee is not None else _dialled_address(request)
    if destination is None:
        return reject("admissionReject", request, reason("calledPartyNotRegistered"))
    return admission_confirm(request, destination)


def bandwidth(request: Request, sender: Binding | None) -> Message:
    """BRQ."""
    if sender is None:
        return reject("bandwidthReject", request, reason("notBound"), allowedBandWidth=0)
    return confirm("bandwidthConfirm", request, bandWidth=request["bandWidth"])


def disengage(request: Request, sender: Binding | None) -> Message:
    """DRQ."""
    if sender is None:
        return reject("disengageReject", request, reason("notRegistered"))
    return confirm("disengageConfirm", request)


def location(request: Request, sender: Binding | None, endpoints: Endpoints) -> Message:
    """LRQ: answered to registered endpoints only, so that strangers learn nothing of who is registered."""
    if sender is None:
        return reject("locationReject", request, reason("notRegistered"))
    callee = _called(request, endpoints)
    if callee is None:
        return reject("locationReject", request, reason("requestDenied"))
    return location_confirm(request, callee.signal_address, callee.ras_address)


def _called(request: Request, endpoints: Endpoints) -> Endpoint | None:
    for alias in aliases_of(request.get("destinationInfo")):
        binding = endpoints.called(alias[1])
        if binding is not None:
            return binding.contact.endpoint
    return None


def _dialled_address(request: Request) -> Address | None:
    """Return the address of a call that names no alias: once registered, an endpoint may call any party."""
    transport = request.get("destCallSignalAddress")
    return address_of(transport) if transport is not None and not request.get("destinationInfo") else None
