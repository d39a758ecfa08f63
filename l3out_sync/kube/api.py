"""The official client, used for its configuration, sign-in and transport alone: objects stay plain JSON.

Its typed models cost ten times the memory of what is kept of them here.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import urllib3
from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration

CONNECT, READ, SILENCE = 5.0, 30.0, 90.0
"""Seconds: to connect, for an answer, and without a byte of a watch (bookmarks come about every minute)."""

POOL = 16


class KubeError(Exception):
    """The API server refused or could not be reached. `status` 0: no answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}" if status else text)
        self.status = status
        self.text = text


class Watch:
    """An open watch: lines of JSON. `close` may be called from another thread."""

    def __init__(self, response: urllib3.HTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        rest = b""
        try:
            for chunk in self._response.stream(65536, decode_content=True):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (json.loads(line) for line in lines if line.strip())
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise KubeError(0, f"the watch broke: {error}") from error
        finally:
            self._response.close()

    def close(self) -> None:
        """End it."""
        try:
            self._response.shutdown()
        except (OSError, ValueError, RuntimeError, AttributeError):
            self._response.close()


class Api:
    """Requests to one API server."""

    def __init__(self, kubeconfig: Path | None = None) -> None:
        settings = Configuration()
        if kubeconfig is None:
            config.load_incluster_config(  # type: ignore[no-untyped-call]
                client_configuration=settings
            )
        else:
            config.load_kube_config(  # type: ignore[no-untyped-call]
                str(kubeconfig), client_configuration=settings
            )
        settings.connection_pool_maxsize = POOL
        settings.retries = False
        self._client = ApiClient(settings)
        self._client.user_agent = "anchorage-l3out-sync"

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def get(self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json") -> Any:
        """JSON of a GET. Raises KubeError."""
        return self._json(self._sent("GET", path, query, accept=accept))

    def send(self, method: str, path: str, body: Any) -> Any:
        """JSON of a POST or PUT. Raises KubeError."""
        return self._json(self._sent(method, path, body=body))

    def watch(self, path: str, query: Mapping[str, str], accept: str = "application/json") -> Watch:
        """Open a watch. Raises KubeError."""
        response = self._sent("GET", path, {**query, "watch": "true"}, accept=accept, read=SILENCE)
        if response.status >= 400:
            raise self._error(response)
        return Watch(response)

    def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        accept: str = "application/json",
        read: float = READ,
    ) -> urllib3.HTTPResponse:
        headers = {"Accept": accept} | ({"Content-Type": "application/json"} if body is not None else {})
        try:
            request = self._client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            response: urllib3.HTTPResponse = self._client.call_api(*request, _request_timeout=(CONNECT, read)).response
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise KubeError(0, f"the API server cannot be reached: {error}") from error
        return response

    def _json(self, response: urllib3.HTTPResponse) -> Any:
        if response.status >= 400:
            raise self._error(response)
        try:
            return json.loads(response.data)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise KubeError(0, f"the answer broke: {error}") from error

    def _error(self, response: urllib3.HTTPResponse) -> KubeError:
        try:
            text = json.loads(response.data).get("message", "")
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError):
            text = ""
        return KubeError(response.status, text or str(response.reason))
