"""Entra's error codes: status, OAuth 2.0 error and text, in which {app}, {tenant} and {detail} are put.

Source: page "Microsoft Entra authentication and authorization error codes"; where it does not give the status, it is
OAuth 2.0's (RFC 6749, 5.2).
"""

from typing import Final

ERRORS: Final[dict[str, tuple[int, str, str]]] = {
    "7000215": (
        401,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent is the client secret value for app '{app}'.",
    ),
    "7000222": (401, "invalid_client", "The provided client secret keys for app '{app}' are expired."),
    "700016": (
        400,
        "unauthorized_client",
        "Application with identifier '{app}' was not found in the directory '{tenant}'.",
    ),
    "7000229": (
        400,
        "unauthorized_client",
        "The client application {app} is missing service principal in the tenant {tenant}.",
    ),
    "65001": (400, "invalid_grant", "The administrator has not consented to use the application with ID '{app}'."),
    "90002": (
        400,
        "invalid_request",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.",
    ),
    "700027": (
        401,
        "invalid_client",
        "The certificate with identifier used to sign the client assertion is not registered on application.",
    ),
    "50027": (401, "invalid_client", "JWT token is invalid or malformed."),
    "700213": (401, "invalid_client", "No matching federated identity record found for presented assertion subject."),
    "7000216": (
        401,
        "invalid_client",
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
    "53003": (400, "invalid_grant", "Access has been blocked by Conditional Access policies."),
    "900144": (400, "invalid_request", "The request body must contain the following parameter: '{detail}'."),
    "70003": (400, "unsupported_grant_type", "The app requested an unsupported grant type '{detail}'."),
    "1002012": (
        400,
        "invalid_scope",
        "The provided value for scope {detail} is not valid: /.default must be suffixed to the resource identifier.",
    ),
    "500011": (400, "invalid_resource", "The resource principal named {detail} was not found in the tenant."),
    "90033": (503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
}
