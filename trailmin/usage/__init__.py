"""From events to authorizations to usage; coverage."""
