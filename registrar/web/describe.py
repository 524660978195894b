"""What the API's own description (OpenAPI) says beyond its routes: who may come in, and what refusals look like."""

import difflib
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from registrar.web.schema import Invalid, Problem


def _refusal(description: str, body: type[BaseModel] = Problem) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal("The body is no text in UTF-8"),
    401: _refusal("The token is missing or wrong"),
    413: _refusal("The body is too large"),
    421: _refusal("The Host is none of this registrar's names"),
    422: _refusal("The request is not as described", Invalid),
    429: _refusal("Too many wrong tokens came from this address"),
}
"""What every route may answer besides its own."""
NO_PLACE = _refusal("Too many follow and wait already")


def only_known(request: Request) -> None:
    """Refuse a query with a name that the route does not know: misspelt, it would choose everything."""
    route = request.scope["route"]
    known = [field.alias for field in route.dependant.query_params]
    for name in request.query_params:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            message = f"there is no parameter of this name{hint}"
            raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", name), "msg": message}])


def _without_null(schema: dict[str, Any]) -> None:
    """A parameter that may be left out: it is given or it is not, nobody can send it as null."""
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        schema |= kinds[0]
    elif kinds:
        schema["anyOf"] = kinds


def describe(app: FastAPI, open_paths: frozenset[str]) -> None:
    """Let the application tell what it wants of its callers: the bearer token on all paths but the open ones."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            for body in (Problem, Invalid):
                definition = body.model_json_schema(ref_template="#/components/schemas/{model}")
                schema["components"]["schemas"] |= definition.pop("$defs", {}) | {body.__name__: definition}
            schema["components"]["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer", "description": "What the token file holds."}
            }
            schema["security"] = [{"token": []}]
            for item in schema["paths"].values():
                for operation in item.values():
                    for parameter in operation.get("parameters", ()):
                        _without_null(parameter["schema"])
            for path in open_paths & schema["paths"].keys():
                for operation in schema["paths"][path].values():
                    operation["security"] = []
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        """Tell what is wrong and where, never what was sent: it may hold a PIN."""
        told = [{"type": each["type"], "loc": each["loc"], "msg": each["msg"]} for each in error.errors()]
        return JSONResponse({"detail": told}, 422)
