-- Mail to customers: the queue and the inbox in one. Words are made from template and context; what was sent is kept as sent.
CREATE TABLE mail (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    template TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_folded TEXT NOT NULL,
    recipient_name TEXT NOT NULL,
    -- Empty: the sender that the service is configured with.
    sender TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    -- The values for the template, as JSON.
    context TEXT NOT NULL,
    subject TEXT,
    body_text TEXT,
    body_html TEXT,
    created_at TEXT NOT NULL,
    -- queued, sent, failed or suppressed.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- Empty: at once. While a mail is being sent, when another may take it.
    next_attempt_at TEXT NOT NULL,
    sent_at TEXT,
    last_error TEXT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX mail_due ON mail (next_attempt_at) WHERE state = 'queued';
