"""A strict stand-in for Microsoft Graph (Outlook mail) and Entra ID, over HTTPS on loopback."""
