"""The one registration core: state, logon, registration, lockout, expiry. Pure: time and chance are arguments."""
