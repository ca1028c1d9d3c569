//! The webhook, request by request.
