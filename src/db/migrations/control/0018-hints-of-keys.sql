-- What tells keys apart is ASCII: older releases of the client send it in a header.
UPDATE api_keys SET hint = replace(hint, '…', '...');
