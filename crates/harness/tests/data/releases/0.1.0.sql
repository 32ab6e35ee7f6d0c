--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: acl_role; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.acl_role (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_folded text NOT NULL COLLATE pg_catalog."C",
    instance_code text COLLATE pg_catalog."C",
    resources text COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);


--
-- Name: acl_role_credential; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.acl_role_credential (
    credential_id bigint NOT NULL,
    role_id bigint NOT NULL
);


--
-- Name: acl_role_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.acl_role_user (
    user_id bigint NOT NULL,
    role_id bigint NOT NULL
);


--
-- Name: attribute; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attribute (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    entity text NOT NULL COLLATE pg_catalog."C",
    code text NOT NULL COLLATE pg_catalog."C",
    definition text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: attribute_option; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attribute_option (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    attribute_id bigint NOT NULL,
    label text NOT NULL COLLATE pg_catalog."C",
    store_labels text NOT NULL COLLATE pg_catalog."C",
    sort_order bigint NOT NULL
);


--
-- Name: authorization_code; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.authorization_code (
    id_hash text NOT NULL COLLATE pg_catalog."C",
    family_id text NOT NULL COLLATE pg_catalog."C",
    redirect_uri text NOT NULL COLLATE pg_catalog."C",
    nonce text COLLATE pg_catalog."C",
    challenge text COLLATE pg_catalog."C",
    challenge_method text COLLATE pg_catalog."C",
    ends_at bigint NOT NULL,
    used_at bigint
);


--
-- Name: bulk; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bulk (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    uuid text NOT NULL COLLATE pg_catalog."C",
    method text NOT NULL COLLATE pg_catalog."C",
    path text NOT NULL COLLATE pg_catalog."C",
    topic text NOT NULL COLLATE pg_catalog."C",
    success text NOT NULL COLLATE pg_catalog."C",
    scope text NOT NULL COLLATE pg_catalog."C",
    credential_id bigint NOT NULL,
    client_id text NOT NULL COLLATE pg_catalog."C",
    caller text NOT NULL COLLATE pg_catalog."C",
    organisation_id bigint NOT NULL,
    resources text COLLATE pg_catalog."C",
    user_id bigint NOT NULL,
    start_time text NOT NULL COLLATE pg_catalog."C",
    open_operations bigint NOT NULL,
    retriable_operations bigint NOT NULL,
    completed_operations bigint NOT NULL,
    failed_operations bigint NOT NULL,
    due_at bigint,
    is_whole bigint NOT NULL
);


--
-- Name: bulk_operation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bulk_operation (
    tenant_id bigint NOT NULL,
    bulk_id bigint NOT NULL,
    number bigint NOT NULL,
    status bigint NOT NULL,
    attempts bigint NOT NULL,
    arguments text COLLATE pg_catalog."C",
    secrets text COLLATE pg_catalog."C",
    message text COLLATE pg_catalog."C",
    error_code bigint
);


--
-- Name: bulk_result; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bulk_result (
    tenant_id bigint NOT NULL,
    bulk_id bigint NOT NULL,
    number bigint NOT NULL,
    body text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: consent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.consent (
    user_id bigint NOT NULL,
    credential_id bigint NOT NULL,
    scopes text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);


--
-- Name: counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.counter (
    tenant_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    value bigint NOT NULL
);


--
-- Name: credential; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.credential (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    project_id bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C",
    technical_account_id text NOT NULL COLLATE pg_catalog."C",
    technical_account_email text NOT NULL COLLATE pg_catalog."C",
    scopes text NOT NULL COLLATE pg_catalog."C",
    resources text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    redirect_patterns text COLLATE pg_catalog."C",
    default_redirect_uri text COLLATE pg_catalog."C"
);


--
-- Name: credential_secret; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.credential_secret (
    credential_id bigint NOT NULL,
    slot bigint NOT NULL,
    uuid text NOT NULL COLLATE pg_catalog."C",
    secret_hash text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    last_used_at bigint,
    CONSTRAINT credential_secret_slot_check CHECK ((slot = ANY (ARRAY[(1)::bigint, (2)::bigint])))
);


--
-- Name: customer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    website_id bigint NOT NULL,
    store_id bigint NOT NULL,
    group_id bigint NOT NULL,
    email text NOT NULL COLLATE pg_catalog."C",
    email_folded text NOT NULL COLLATE pg_catalog."C",
    email_scope bigint NOT NULL,
    firstname text NOT NULL COLLATE pg_catalog."C",
    firstname_folded text NOT NULL COLLATE pg_catalog."C",
    lastname text NOT NULL COLLATE pg_catalog."C",
    lastname_folded text NOT NULL COLLATE pg_catalog."C",
    middlename text COLLATE pg_catalog."C",
    middlename_folded text COLLATE pg_catalog."C",
    prefix text COLLATE pg_catalog."C",
    prefix_folded text COLLATE pg_catalog."C",
    suffix text COLLATE pg_catalog."C",
    suffix_folded text COLLATE pg_catalog."C",
    name_folded text NOT NULL COLLATE pg_catalog."C",
    dob text COLLATE pg_catalog."C",
    gender bigint,
    taxvat text COLLATE pg_catalog."C",
    taxvat_folded text COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    updated_at text NOT NULL COLLATE pg_catalog."C",
    created_in text NOT NULL COLLATE pg_catalog."C",
    created_in_folded text NOT NULL COLLATE pg_catalog."C",
    confirmation text COLLATE pg_catalog."C",
    confirmation_folded text COLLATE pg_catalog."C",
    default_billing bigint,
    default_shipping bigint,
    disable_auto_group_change bigint NOT NULL,
    password_hash text COLLATE pg_catalog."C",
    reset_token_hash text COLLATE pg_catalog."C",
    reset_token_created_at text COLLATE pg_catalog."C",
    failures_num bigint NOT NULL,
    first_failure text COLLATE pg_catalog."C",
    lock_expires text COLLATE pg_catalog."C",
    last_login_at text COLLATE pg_catalog."C",
    subscription bigint NOT NULL,
    assistance_allowed bigint NOT NULL
);


--
-- Name: customer_address; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_address (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    country_id text NOT NULL COLLATE pg_catalog."C",
    region text COLLATE pg_catalog."C",
    region_folded text COLLATE pg_catalog."C",
    region_id bigint,
    street text NOT NULL COLLATE pg_catalog."C",
    company text COLLATE pg_catalog."C",
    company_folded text COLLATE pg_catalog."C",
    telephone text COLLATE pg_catalog."C",
    telephone_folded text COLLATE pg_catalog."C",
    fax text COLLATE pg_catalog."C",
    postcode text COLLATE pg_catalog."C",
    postcode_folded text COLLATE pg_catalog."C",
    city text NOT NULL COLLATE pg_catalog."C",
    city_folded text NOT NULL COLLATE pg_catalog."C",
    firstname text NOT NULL COLLATE pg_catalog."C",
    lastname text NOT NULL COLLATE pg_catalog."C",
    middlename text COLLATE pg_catalog."C",
    prefix text COLLATE pg_catalog."C",
    suffix text COLLATE pg_catalog."C",
    vat_id text COLLATE pg_catalog."C"
);


--
-- Name: customer_address_attribute; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_address_attribute (
    tenant_id bigint NOT NULL,
    address_id bigint NOT NULL,
    attribute_id bigint NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C",
    unique_key text COLLATE pg_catalog."C"
);


--
-- Name: customer_attribute; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_attribute (
    tenant_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    attribute_id bigint NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C",
    folded text NOT NULL COLLATE pg_catalog."C",
    number double precision,
    unique_key text COLLATE pg_catalog."C"
);


--
-- Name: customer_count; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_count (
    tenant_id bigint NOT NULL,
    dimension text NOT NULL COLLATE pg_catalog."C",
    value bigint NOT NULL,
    customers bigint NOT NULL
);


--
-- Name: customer_document; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_document (
    tenant_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    body text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: customer_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_group (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    code_folded text NOT NULL COLLATE pg_catalog."C",
    tax_class_id bigint NOT NULL
);


--
-- Name: customer_group_excluded_website; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_group_excluded_website (
    tenant_id bigint NOT NULL,
    group_id bigint NOT NULL,
    website_id bigint NOT NULL
);


--
-- Name: customer_otp; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_otp (
    tenant_id bigint NOT NULL,
    otp_hash text NOT NULL COLLATE pg_catalog."C",
    customer_id bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    client_id text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: customer_search_stale; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_search_stale (
    tenant_id bigint NOT NULL,
    customer_id bigint NOT NULL
);


--
-- Name: customer_search_state; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_search_state (
    tenant_id bigint NOT NULL,
    indexed_to bigint NOT NULL
);


--
-- Name: customer_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customer_token (
    tenant_id bigint NOT NULL,
    token_hash text NOT NULL COLLATE pg_catalog."C",
    customer_id bigint NOT NULL,
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: idempotent_request; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotent_request (
    tenant_id bigint NOT NULL,
    credential_id bigint NOT NULL,
    key_hash text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    status bigint NOT NULL,
    body text NOT NULL COLLATE pg_catalog."C",
    expires_at bigint NOT NULL
);


--
-- Name: identity_epoch; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.identity_epoch (
    id bigint NOT NULL,
    value bigint NOT NULL
);


--
-- Name: ims_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ims_user (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    email text NOT NULL COLLATE pg_catalog."C",
    email_folded text NOT NULL COLLATE pg_catalog."C",
    first_name text NOT NULL COLLATE pg_catalog."C",
    last_name text NOT NULL COLLATE pg_catalog."C",
    country text NOT NULL COLLATE pg_catalog."C",
    password_hash text COLLATE pg_catalog."C",
    is_active bigint NOT NULL,
    created_at bigint NOT NULL
);


--
-- Name: instance; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.instance (
    tenant_id bigint NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    organisation_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    region text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL
);


--
-- Name: login; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login (
    id_hash text NOT NULL COLLATE pg_catalog."C",
    user_id bigint NOT NULL,
    created_at bigint NOT NULL,
    ends_at bigint NOT NULL
);


--
-- Name: login_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login_attempt (
    organisation_id bigint NOT NULL,
    email_hash text NOT NULL COLLATE pg_catalog."C",
    failures bigint NOT NULL,
    locked_until bigint NOT NULL,
    last_at bigint NOT NULL
);


--
-- Name: mail; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mail (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    template text NOT NULL COLLATE pg_catalog."C",
    recipient text NOT NULL COLLATE pg_catalog."C",
    recipient_folded text NOT NULL COLLATE pg_catalog."C",
    recipient_name text NOT NULL COLLATE pg_catalog."C",
    sender text NOT NULL COLLATE pg_catalog."C",
    sender_name text NOT NULL COLLATE pg_catalog."C",
    context text NOT NULL COLLATE pg_catalog."C",
    subject text COLLATE pg_catalog."C",
    body_text text COLLATE pg_catalog."C",
    body_html text COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    attempts bigint NOT NULL,
    next_attempt_at text NOT NULL COLLATE pg_catalog."C",
    sent_at text COLLATE pg_catalog."C",
    last_error text COLLATE pg_catalog."C"
);


--
-- Name: organisation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.organisation (
    id bigint NOT NULL,
    ims_org_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);


--
-- Name: project; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.project (
    organisation_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL
);


--
-- Name: refresh_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.refresh_token (
    id_hash text NOT NULL COLLATE pg_catalog."C",
    family_id text NOT NULL COLLATE pg_catalog."C",
    ends_at bigint NOT NULL,
    replaced_at bigint,
    replaced_by text COLLATE pg_catalog."C",
    seed text COLLATE pg_catalog."C",
    answered_scopes text COLLATE pg_catalog."C"
);


--
-- Name: revoked_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.revoked_token (
    id_hash text NOT NULL COLLATE pg_catalog."C",
    ends_at bigint NOT NULL
);


--
-- Name: schema_migration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migration (
    number bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    applied_at text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: setting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.setting (
    tenant_id bigint NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    scope text NOT NULL COLLATE pg_catalog."C",
    scope_id bigint NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: signing_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.signing_key (
    number bigint NOT NULL,
    kid text NOT NULL COLLATE pg_catalog."C",
    private_key text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    retires_at bigint
);


--
-- Name: store_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.store_group (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    website_id bigint NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    root_category_id bigint NOT NULL,
    default_store_id bigint NOT NULL
);


--
-- Name: store_view; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.store_view (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    website_id bigint NOT NULL,
    group_id bigint NOT NULL,
    is_active bigint NOT NULL,
    sort_order bigint NOT NULL
);


--
-- Name: tax_class; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tax_class (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    name_folded text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: token_family; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.token_family (
    id text NOT NULL COLLATE pg_catalog."C",
    credential_id bigint NOT NULL,
    user_id bigint NOT NULL,
    login_hash text NOT NULL COLLATE pg_catalog."C",
    scopes text NOT NULL COLLATE pg_catalog."C",
    authenticated_at bigint NOT NULL,
    created_at bigint NOT NULL,
    ends_at bigint NOT NULL
);


--
-- Name: transfer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transfer (
    tenant_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    progress text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: website; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.website (
    tenant_id bigint NOT NULL,
    id bigint NOT NULL,
    code text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    default_group_id bigint NOT NULL,
    sort_order bigint NOT NULL
);


--
-- Data for Name: acl_role; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.acl_role (id, organisation_id, name, name_folded, instance_code, resources, created_at) FROM stdin;
\.


--
-- Data for Name: acl_role_credential; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.acl_role_credential (credential_id, role_id) FROM stdin;
\.


--
-- Data for Name: acl_role_user; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.acl_role_user (user_id, role_id) FROM stdin;
\.


--
-- Data for Name: attribute; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.attribute (tenant_id, id, entity, code, definition) FROM stdin;
\.


--
-- Data for Name: attribute_option; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.attribute_option (tenant_id, id, attribute_id, label, store_labels, sort_order) FROM stdin;
\.


--
-- Data for Name: authorization_code; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.authorization_code (id_hash, family_id, redirect_uri, nonce, challenge, challenge_method, ends_at, used_at) FROM stdin;
\.


--
-- Data for Name: bulk; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bulk (tenant_id, id, uuid, method, path, topic, success, scope, credential_id, client_id, caller, organisation_id, resources, user_id, start_time, open_operations, retriable_operations, completed_operations, failed_operations, due_at, is_whole) FROM stdin;
2	1	20b6481d-6933-4a68-b525-411c1b7cc17c	POST	/V1/customers	async.magento.customer.api.accountmanagementinterface.createaccount.post	Service execution success Magento\\Customer\\Model\\AccountManagement\\Interceptor::createAccount	default	2	8ea55e3c1a4af25905264ca16ffaa9e4	6DE6333D44E9E7DBD7A0C000@techacct.adobe.com	2	\N	1	2026-11-27 04:19:14	150	0	0	0	1795753154200	1
\.


--
-- Data for Name: bulk_operation; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bulk_operation (tenant_id, bulk_id, number, status, attempts, arguments, secrets, message, error_code) FROM stdin;
2	1	0	4	0	{"customer":{"email":"later0@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	1	4	0	{"customer":{"email":"later1@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	2	4	0	{"customer":{"email":"later2@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	3	4	0	{"customer":{"email":"later3@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	4	4	0	{"customer":{"email":"later4@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	5	4	0	{"customer":{"email":"later5@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	6	4	0	{"customer":{"email":"later6@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	7	4	0	{"customer":{"email":"later7@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	8	4	0	{"customer":{"email":"later8@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	9	4	0	{"customer":{"email":"later9@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	10	4	0	{"customer":{"email":"later10@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	11	4	0	{"customer":{"email":"later11@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	12	4	0	{"customer":{"email":"later12@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	13	4	0	{"customer":{"email":"later13@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	14	4	0	{"customer":{"email":"later14@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	15	4	0	{"customer":{"email":"later15@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	16	4	0	{"customer":{"email":"later16@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	17	4	0	{"customer":{"email":"later17@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	18	4	0	{"customer":{"email":"later18@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	19	4	0	{"customer":{"email":"later19@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	20	4	0	{"customer":{"email":"later20@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	21	4	0	{"customer":{"email":"later21@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	22	4	0	{"customer":{"email":"later22@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	23	4	0	{"customer":{"email":"later23@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	24	4	0	{"customer":{"email":"later24@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	25	4	0	{"customer":{"email":"later25@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	26	4	0	{"customer":{"email":"later26@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	27	4	0	{"customer":{"email":"later27@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	28	4	0	{"customer":{"email":"later28@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	29	4	0	{"customer":{"email":"later29@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	30	4	0	{"customer":{"email":"later30@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	31	4	0	{"customer":{"email":"later31@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	32	4	0	{"customer":{"email":"later32@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	33	4	0	{"customer":{"email":"later33@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	34	4	0	{"customer":{"email":"later34@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	35	4	0	{"customer":{"email":"later35@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	36	4	0	{"customer":{"email":"later36@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	37	4	0	{"customer":{"email":"later37@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	38	4	0	{"customer":{"email":"later38@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	39	4	0	{"customer":{"email":"later39@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	40	4	0	{"customer":{"email":"later40@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	41	4	0	{"customer":{"email":"later41@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	42	4	0	{"customer":{"email":"later42@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	43	4	0	{"customer":{"email":"later43@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	44	4	0	{"customer":{"email":"later44@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	45	4	0	{"customer":{"email":"later45@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	46	4	0	{"customer":{"email":"later46@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	47	4	0	{"customer":{"email":"later47@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	48	4	0	{"customer":{"email":"later48@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	49	4	0	{"customer":{"email":"later49@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	50	4	0	{"customer":{"email":"later50@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	51	4	0	{"customer":{"email":"later51@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	52	4	0	{"customer":{"email":"later52@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	53	4	0	{"customer":{"email":"later53@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	54	4	0	{"customer":{"email":"later54@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	55	4	0	{"customer":{"email":"later55@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	56	4	0	{"customer":{"email":"later56@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	57	4	0	{"customer":{"email":"later57@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	58	4	0	{"customer":{"email":"later58@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	59	4	0	{"customer":{"email":"later59@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	60	4	0	{"customer":{"email":"later60@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	61	4	0	{"customer":{"email":"later61@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	62	4	0	{"customer":{"email":"later62@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	63	4	0	{"customer":{"email":"later63@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	64	4	0	{"customer":{"email":"later64@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	65	4	0	{"customer":{"email":"later65@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	66	4	0	{"customer":{"email":"later66@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	67	4	0	{"customer":{"email":"later67@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	68	4	0	{"customer":{"email":"later68@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	69	4	0	{"customer":{"email":"later69@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	70	4	0	{"customer":{"email":"later70@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	71	4	0	{"customer":{"email":"later71@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	72	4	0	{"customer":{"email":"later72@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	73	4	0	{"customer":{"email":"later73@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	74	4	0	{"customer":{"email":"later74@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	75	4	0	{"customer":{"email":"later75@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	76	4	0	{"customer":{"email":"later76@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	77	4	0	{"customer":{"email":"later77@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	78	4	0	{"customer":{"email":"later78@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	79	4	0	{"customer":{"email":"later79@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	80	4	0	{"customer":{"email":"later80@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	81	4	0	{"customer":{"email":"later81@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	82	4	0	{"customer":{"email":"later82@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	83	4	0	{"customer":{"email":"later83@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	84	4	0	{"customer":{"email":"later84@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	85	4	0	{"customer":{"email":"later85@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	86	4	0	{"customer":{"email":"later86@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	87	4	0	{"customer":{"email":"later87@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	88	4	0	{"customer":{"email":"later88@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	89	4	0	{"customer":{"email":"later89@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	90	4	0	{"customer":{"email":"later90@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	91	4	0	{"customer":{"email":"later91@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	92	4	0	{"customer":{"email":"later92@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	93	4	0	{"customer":{"email":"later93@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	94	4	0	{"customer":{"email":"later94@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	95	4	0	{"customer":{"email":"later95@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	96	4	0	{"customer":{"email":"later96@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	97	4	0	{"customer":{"email":"later97@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	98	4	0	{"customer":{"email":"later98@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	99	4	0	{"customer":{"email":"later99@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	100	4	0	{"customer":{"email":"later100@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	101	4	0	{"customer":{"email":"later101@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	102	4	0	{"customer":{"email":"later102@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	103	4	0	{"customer":{"email":"later103@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	104	4	0	{"customer":{"email":"later104@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	105	4	0	{"customer":{"email":"later105@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	106	4	0	{"customer":{"email":"later106@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	107	4	0	{"customer":{"email":"later107@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	108	4	0	{"customer":{"email":"later108@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	109	4	0	{"customer":{"email":"later109@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	110	4	0	{"customer":{"email":"later110@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	111	4	0	{"customer":{"email":"later111@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	112	4	0	{"customer":{"email":"later112@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	113	4	0	{"customer":{"email":"later113@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	114	4	0	{"customer":{"email":"later114@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	115	4	0	{"customer":{"email":"later115@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	116	4	0	{"customer":{"email":"later116@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	117	4	0	{"customer":{"email":"later117@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	118	4	0	{"customer":{"email":"later118@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	119	4	0	{"customer":{"email":"later119@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	120	4	0	{"customer":{"email":"later120@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	121	4	0	{"customer":{"email":"later121@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	122	4	0	{"customer":{"email":"later122@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	123	4	0	{"customer":{"email":"later123@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	124	4	0	{"customer":{"email":"later124@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	125	4	0	{"customer":{"email":"later125@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	126	4	0	{"customer":{"email":"later126@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	127	4	0	{"customer":{"email":"later127@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	128	4	0	{"customer":{"email":"later128@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	129	4	0	{"customer":{"email":"later129@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	130	4	0	{"customer":{"email":"later130@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	131	4	0	{"customer":{"email":"later131@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	132	4	0	{"customer":{"email":"later132@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	133	4	0	{"customer":{"email":"later133@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	134	4	0	{"customer":{"email":"later134@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	135	4	0	{"customer":{"email":"later135@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	136	4	0	{"customer":{"email":"later136@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	137	4	0	{"customer":{"email":"later137@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	138	4	0	{"customer":{"email":"later138@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	139	4	0	{"customer":{"email":"later139@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	140	4	0	{"customer":{"email":"later140@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	141	4	0	{"customer":{"email":"later141@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	142	4	0	{"customer":{"email":"later142@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	143	4	0	{"customer":{"email":"later143@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	144	4	0	{"customer":{"email":"later144@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	145	4	0	{"customer":{"email":"later145@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	146	4	0	{"customer":{"email":"later146@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	147	4	0	{"customer":{"email":"later147@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	148	4	0	{"customer":{"email":"later148@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
2	1	149	4	0	{"customer":{"email":"later149@example.com","firstname":"Ada","lastname":"Lovelace"}}	\N	\N	\N
\.


--
-- Data for Name: bulk_result; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bulk_result (tenant_id, bulk_id, number, body) FROM stdin;
\.


--
-- Data for Name: consent; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.consent (user_id, credential_id, scopes, created_at) FROM stdin;
\.


--
-- Data for Name: counter; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.counter (tenant_id, name, value) FROM stdin;
0	credential	2
0	organisation	2
0	project	2
0	tenant	2
1	group	3
1	store_group	1
1	store_view	1
1	tax_class	3
1	website	1
2	address	2
2	bulk	1
2	customer	2
2	group	4
2	mail	2
2	store_group	1
2	store_view	1
2	tax_class	3
2	website	1
\.


--
-- Data for Name: credential; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.credential (id, organisation_id, project_id, kind, name, client_id, technical_account_id, technical_account_email, scopes, resources, created_at, redirect_patterns, default_redirect_uri) FROM stdin;
1	1	1	oauth_server_to_server	Credential in Patron - Production	29a160933d875ae2d4ef09ebd6811e71	AFAD0EE580F04024BC369F79@techacct.adobe.com	78b0c866-f886-42e5-971b-2872bf69eea9@techacct.adobe.com	openid,AdobeID,email,profile,additional_info.projectedProductContext,additional_info.roles,commerce.aco.ingestion,commerce.accs,org.read	\N	1795753153105		
2	2	2	oauth_server_to_server	Credential in harness - Production	8ea55e3c1a4af25905264ca16ffaa9e4	6DE6333D44E9E7DBD7A0C000@techacct.adobe.com	91299099-d5fc-463f-8f4b-984b41df026b@techacct.adobe.com	openid,AdobeID,email,profile,additional_info.projectedProductContext,additional_info.roles,commerce.aco.ingestion,commerce.accs,org.read	\N	1795753153143		
\.


--
-- Data for Name: credential_secret; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.credential_secret (credential_id, slot, uuid, secret_hash, created_at, last_used_at) FROM stdin;
1	1	206d43dc729bd5a34ee6c16de1d284f2	30cd198f96ed805a7f28c2cace2b41316f417ae040609e3444cede86442858ad	1795753153105	\N
2	1	fd74b4573a4b71687d2d914c5ff0749e	f138341f13fe182538e3cd56acff6595fdb3ca3fc5cb531cab27ce50c91749b9	1795753153143	1795753153161
\.


--
-- Data for Name: customer; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer (tenant_id, id, website_id, store_id, group_id, email, email_folded, email_scope, firstname, firstname_folded, lastname, lastname_folded, middlename, middlename_folded, prefix, prefix_folded, suffix, suffix_folded, name_folded, dob, gender, taxvat, taxvat_folded, created_at, updated_at, created_in, created_in_folded, confirmation, confirmation_folded, default_billing, default_shipping, disable_auto_group_change, password_hash, reset_token_hash, reset_token_created_at, failures_num, first_failure, lock_expires, last_login_at, subscription, assistance_allowed) FROM stdin;
2	1	1	1	1	ada@example.com	ADA@EXAMPLE.COM	1	Ada	ADA	Lovelace	LOVELACE	\N	\N	\N	\N	\N	\N	ADA LOVELACE	\N	\N	\N	\N	2026-11-27 04:19:13	2026-11-27 04:19:13	Default Store View	DEFAULT STORE VIEW	\N	\N	1	\N	0	$argon2id$v=19$m=19456,t=2,p=1$7XEyg0ezua5qblEPm3bliQ$1+dL9p/2xTYVwVZ/KS4uQVgHDKUMophnIX3GBN6x5SE	\N	\N	0	\N	\N	\N	0	0
2	2	1	1	4	grace@example.com	GRACE@EXAMPLE.COM	1	Ada	ADA	Lovelace	LOVELACE	\N	\N	\N	\N	\N	\N	ADA LOVELACE	\N	\N	\N	\N	2026-11-27 04:19:14	2026-11-27 04:19:14	Default Store View	DEFAULT STORE VIEW	\N	\N	2	\N	0	$argon2id$v=19$m=19456,t=2,p=1$o54SGq2aEdH5hJ8K4MVIxg$v6rlxVyAolBeZtukQoyq02lLOr0QeExu28YDcLXvE3Y	\N	\N	0	\N	\N	\N	0	0
\.


--
-- Data for Name: customer_address; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_address (tenant_id, id, customer_id, country_id, region, region_folded, region_id, street, company, company_folded, telephone, telephone_folded, fax, postcode, postcode_folded, city, city_folded, firstname, lastname, middlename, prefix, suffix, vat_id) FROM stdin;
2	1	1	GB	\N	\N	\N	12 St James's Square	\N	\N	555	555	\N	SW1Y 4JH	SW1Y 4JH	London	LONDON	Ada	Lovelace	\N	\N	\N	\N
2	2	2	GB	\N	\N	\N	12 St James's Square	\N	\N	555	555	\N	SW1Y 4JH	SW1Y 4JH	London	LONDON	Ada	Lovelace	\N	\N	\N	\N
\.


--
-- Data for Name: customer_address_attribute; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_address_attribute (tenant_id, address_id, attribute_id, value, unique_key) FROM stdin;
\.


--
-- Data for Name: customer_attribute; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_attribute (tenant_id, customer_id, attribute_id, value, folded, number, unique_key) FROM stdin;
\.


--
-- Data for Name: customer_count; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_count (tenant_id, dimension, value, customers) FROM stdin;
2	all	0	2
2	group	1	1
2	group	4	1
2	store	1	2
2	website	1	2
\.


--
-- Data for Name: customer_document; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_document (tenant_id, customer_id, body) FROM stdin;
2	1	{"id":1,"group_id":1,"default_billing":"1","created_at":"2026-11-27 04:19:13","updated_at":"2026-11-27 04:19:13","created_in":"Default Store View","email":"ada@example.com","firstname":"Ada","lastname":"Lovelace","store_id":1,"website_id":1,"addresses":[{"id":1,"customer_id":1,"region":{"region_code":null,"region":null,"region_id":0},"country_id":"GB","street":["12 St James's Square"],"telephone":"555","postcode":"SW1Y 4JH","city":"London","firstname":"Ada","lastname":"Lovelace","default_billing":true}],"disable_auto_group_change":0,"extension_attributes":{"is_subscribed":false}}
2	2	{"id":2,"group_id":4,"default_billing":"2","created_at":"2026-11-27 04:19:14","updated_at":"2026-11-27 04:19:14","created_in":"Default Store View","email":"grace@example.com","firstname":"Ada","lastname":"Lovelace","store_id":1,"website_id":1,"addresses":[{"id":2,"customer_id":2,"region":{"region_code":null,"region":null,"region_id":0},"country_id":"GB","street":["12 St James's Square"],"telephone":"555","postcode":"SW1Y 4JH","city":"London","firstname":"Ada","lastname":"Lovelace","default_billing":true}],"disable_auto_group_change":0,"extension_attributes":{"is_subscribed":false}}
\.


--
-- Data for Name: customer_group; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_group (tenant_id, id, code, code_folded, tax_class_id) FROM stdin;
1	0	NOT LOGGED IN	NOT LOGGED IN	3
1	1	General	GENERAL	3
1	2	Wholesale	WHOLESALE	3
1	3	Retailer	RETAILER	3
2	0	NOT LOGGED IN	NOT LOGGED IN	3
2	1	General	GENERAL	3
2	2	Wholesale	WHOLESALE	3
2	3	Retailer	RETAILER	3
2	4	Museum	MUSEUM	3
\.


--
-- Data for Name: customer_group_excluded_website; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_group_excluded_website (tenant_id, group_id, website_id) FROM stdin;
\.


--
-- Data for Name: customer_otp; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_otp (tenant_id, otp_hash, customer_id, issued_at, expires_at, used_at, client_id, reason) FROM stdin;
\.


--
-- Data for Name: customer_search_stale; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_search_stale (tenant_id, customer_id) FROM stdin;
\.


--
-- Data for Name: customer_search_state; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_search_state (tenant_id, indexed_to) FROM stdin;
\.


--
-- Data for Name: customer_token; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customer_token (tenant_id, token_hash, customer_id, issued_at, expires_at) FROM stdin;
\.


--
-- Data for Name: idempotent_request; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.idempotent_request (tenant_id, credential_id, key_hash, fingerprint, status, body, expires_at) FROM stdin;
\.


--
-- Data for Name: identity_epoch; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.identity_epoch (id, value) FROM stdin;
1	3854422233
\.


--
-- Data for Name: ims_user; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.ims_user (id, organisation_id, user_id, email, email_folded, first_name, last_name, country, password_hash, is_active, created_at) FROM stdin;
\.


--
-- Data for Name: instance; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.instance (tenant_id, code, organisation_id, name, region, environment, created_at, version) FROM stdin;
1	H1kCnTvJ5eI1XXYBb3KH2o	1	Patron	na1	sandbox	2026-11-27 04:19:13	1
2	qOP1ZtNqkDq8TK3B7fOt8f	2	harness	na1	sandbox	2026-11-27 04:19:13	1
\.


--
-- Data for Name: login; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.login (id_hash, user_id, created_at, ends_at) FROM stdin;
\.


--
-- Data for Name: login_attempt; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.login_attempt (organisation_id, email_hash, failures, locked_until, last_at) FROM stdin;
\.


--
-- Data for Name: mail; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.mail (tenant_id, id, template, recipient, recipient_folded, recipient_name, sender, sender_name, context, subject, body_text, body_html, created_at, state, attempts, next_attempt_at, sent_at, last_error) FROM stdin;
2	1	welcome	ada@example.com	ADA@EXAMPLE.COM	Ada Lovelace		Main Website Store	{"customer":{"name":"Ada Lovelace","firstname":"Ada","lastname":"Lovelace","email":"ada@example.com"},"store":{"name":"Main Website Store","url":"http://localhost/","support_email":""},"links":{"account":"http://localhost/customer/account/"}}	\N	\N	\N	2026-11-27 04:19:13	suppressed	0		\N	\N
2	2	welcome	grace@example.com	GRACE@EXAMPLE.COM	Ada Lovelace		Main Website Store	{"customer":{"name":"Ada Lovelace","firstname":"Ada","lastname":"Lovelace","email":"grace@example.com"},"store":{"name":"Main Website Store","url":"http://localhost/","support_email":""},"links":{"account":"http://localhost/customer/account/"}}	\N	\N	\N	2026-11-27 04:19:14	suppressed	0		\N	\N
\.


--
-- Data for Name: organisation; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.organisation (id, ims_org_id, name, created_at) FROM stdin;
1	E76C4743B9CF4E69DD05EC46@AdobeOrg	Patron	1795753153105
2	73B44714B0B41BAF5F67617C@AdobeOrg	harness	1795753153143
\.


--
-- Data for Name: project; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.project (organisation_id, id, name, title, created_at) FROM stdin;
1	1	Patron	Patron	1795753153105
2	2	harness	harness	1795753153143
\.


--
-- Data for Name: refresh_token; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.refresh_token (id_hash, family_id, ends_at, replaced_at, replaced_by, seed, answered_scopes) FROM stdin;
\.


--
-- Data for Name: revoked_token; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.revoked_token (id_hash, ends_at) FROM stdin;
\.


--
-- Data for Name: schema_migration; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.schema_migration (number, name, applied_at) FROM stdin;
1	instances	2026-11-27 04:19:22
2	identity	2026-11-27 04:19:23
3	groups and tax classes	2026-11-27 04:19:23
4	attributes	2026-11-27 04:19:23
5	customers	2026-11-27 04:19:23
6	mail	2026-11-27 04:19:23
7	customer tokens	2026-11-27 04:19:23
8	customer search	2026-11-27 04:19:23
9	bulk	2026-11-27 04:19:23
10	idempotency	2026-11-27 04:19:23
11	users and logins	2026-11-27 04:19:23
12	transfers	2026-11-27 04:19:24
\.


--
-- Data for Name: setting; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.setting (tenant_id, path, scope, scope_id, value) FROM stdin;
\.


--
-- Data for Name: signing_key; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.signing_key (number, kid, private_key, created_at, retires_at) FROM stdin;
1	ims_na1-key-at-1	MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCKPZmd0O/c7KyLLOBRxLMnXOTWFeDfYxqeTT7JVLTN9gDOTgjg5lhvmUFbBq2O4jxccQEmu6JRrWoFiJ/gdOvBWe1WJXZM7662nIDdKkHkaYrhkw46b+9tpLDPv7rHbClw/CsWHgkry+kpfEhnP725dTlpyTlGQ/r3yFSE0dquIgCudmfESKCW6gcFoUqBYtrpXI5MmIwuu9wsYPxxFmXpzEfGY1/JSvA2SgRP7SPwDy15jgpzT0knhjlKWNMc7/UqBdd/8TgO40Ecq1AZIPEIr6Lx1kEX4XxXqp8eqxBNz5xv95/rmMP4hNUklqKsumDJyoWL5AsRSTfFz+fJYYA/AgMBAAECggEARMWzc/8bLTmy9wQKzrL/+4+rqlO1DPz1I5bDKw7Qafw912Sb5yLBETfZeyrd0gz7wXNYgsfqzx5p9bnL67LPDGAsAeTeLxU4QlGmjCB3KmZVOLZbaDgCkXXSnm/AQHCvRy20U6r6ngayBrj1HiRoQuit+NIqA6pTIszPO0pZM7IsjDEcYf4gvVdtkv+b4ArZgV6hUpu0VTzk+5ceUTbRy0N24bms6p7H9oE6Zpbw2sTryQwTQ1tOygVOV4djUZh8Q2Kyn5AzFBUmq5NOGghnnd20h12hKGQiANLgnn9jYbQQMKEkj+wrFbAyPV9ok5vdFSKnchncoDN5u7nAOGKeVQKBgQDBXyOdNM9AiJcId9PpWs2eNBT4qywVKbOyBRKAg/18PiHx7kNvAiLjVUpO1EYYVv5D2CAzzrvhfSp+oPlh6flWKNdXk678c8zgwydjnTKIO+8Dsi5/VjZQwdm+R2zFjmoP6jRCjjVDnBnoFO2pKj0xm97pFTP38sRvi/5PpBenXQKBgQC3A23wTMSgTPMkicPTH8EC3oJMtDmSu8OMh8Q/dLfvBWAcKZ2N7Yb3sjQwHZ6Dvw4vA6lchMNhByvRXOCsllGzVpJRL6w5id3JHbQbDRn2eUi1WesxYBMqcnCnSohxSL0qVjGQmxxc7CkYmnsVopmSR0e6sAUj/RKYnDkXQ2HYSwKBgHgBczi87WI/Ynv+4aSQlcr4x4sLr+/yUXLJcxIO1+GjLa3XEEJ0MPKkm9kQI/A3DNVN6647Pp5R721muV3qtrKh5gKTxKUnuJ5Efs1zYUjq6QqCKhkch9jWdSuBaB+yol/+GTC00JmE5w8A7f1uGUwQT+aXIglewEn5t3n1fDiBAoGBAJUCRdERsEaUYKOvR7HueMhNQuoRE49VMbKKGE9SSTBjwA0uFQoqC2pBvhwvAZFjTbkZ0htyPWIS5KpiZMwg2AScyCUyG5f9mIbXmH0t/aWguoJt5AEfqHs3EmIjXVRfVSXTaCfFIyLFZfCSVwUWjtN7Ffv6tTTIKQv4psM6KcBhAoGAC+1SxTwFWNiiZpYH7JxpORF8rItZhPBTBy0MsFEfm7eWDLvABBP8rvQHKVDSyvR8R0QpdjGPzw1yVqft8AIMI8pHfZb0cq7UoFa4OnXrxWMeOffkD74rX0zTEQSf/f0GH8yFw87B0m6IwA8e0DfFxnutnsWWtN5kKHlW39l81us=	1795753153106	\N
\.


--
-- Data for Name: store_group; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.store_group (tenant_id, id, website_id, code, name, root_category_id, default_store_id) FROM stdin;
1	0	0	default	Default	0	0
1	1	1	main_website_store	Main Website Store	2	1
2	0	0	default	Default	0	0
2	1	1	main_website_store	Main Website Store	2	1
\.


--
-- Data for Name: store_view; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.store_view (tenant_id, id, code, name, website_id, group_id, is_active, sort_order) FROM stdin;
1	0	admin	Admin	0	0	1	0
1	1	default	Default Store View	1	1	1	0
2	0	admin	Admin	0	0	1	0
2	1	default	Default Store View	1	1	1	0
\.


--
-- Data for Name: tax_class; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.tax_class (tenant_id, id, name, name_folded, type) FROM stdin;
1	2	Taxable Goods	TAXABLE GOODS	PRODUCT
1	3	Retail Customer	RETAIL CUSTOMER	CUSTOMER
2	2	Taxable Goods	TAXABLE GOODS	PRODUCT
2	3	Retail Customer	RETAIL CUSTOMER	CUSTOMER
\.


--
-- Data for Name: token_family; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.token_family (id, credential_id, user_id, login_hash, scopes, authenticated_at, created_at, ends_at) FROM stdin;
\.


--
-- Data for Name: transfer; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.transfer (tenant_id, name, progress) FROM stdin;
\.


--
-- Data for Name: website; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.website (tenant_id, id, code, name, default_group_id, sort_order) FROM stdin;
1	0	admin	Admin	0	0
1	1	base	Main Website	1	0
2	0	admin	Admin	0	0
2	1	base	Main Website	1	0
\.


--
-- Name: acl_role_credential acl_role_credential_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.acl_role_credential
    ADD CONSTRAINT acl_role_credential_pkey PRIMARY KEY (credential_id, role_id);


--
-- Name: acl_role acl_role_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.acl_role
    ADD CONSTRAINT acl_role_pkey PRIMARY KEY (id);


--
-- Name: acl_role_user acl_role_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.acl_role_user
    ADD CONSTRAINT acl_role_user_pkey PRIMARY KEY (user_id, role_id);


--
-- Name: attribute_option attribute_option_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attribute_option
    ADD CONSTRAINT attribute_option_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: attribute attribute_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attribute
    ADD CONSTRAINT attribute_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: authorization_code authorization_code_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.authorization_code
    ADD CONSTRAINT authorization_code_pkey PRIMARY KEY (id_hash);


--
-- Name: bulk_operation bulk_operation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_operation
    ADD CONSTRAINT bulk_operation_pkey PRIMARY KEY (tenant_id, bulk_id, number);


--
-- Name: bulk bulk_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk
    ADD CONSTRAINT bulk_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: bulk_result bulk_result_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bulk_result
    ADD CONSTRAINT bulk_result_pkey PRIMARY KEY (tenant_id, bulk_id, number);


--
-- Name: consent consent_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (user_id, credential_id);


--
-- Name: counter counter_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.counter
    ADD CONSTRAINT counter_pkey PRIMARY KEY (tenant_id, name);


--
-- Name: credential credential_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (id);


--
-- Name: credential_secret credential_secret_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.credential_secret
    ADD CONSTRAINT credential_secret_pkey PRIMARY KEY (credential_id, slot);


--
-- Name: customer_address_attribute customer_address_attribute_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_address_attribute
    ADD CONSTRAINT customer_address_attribute_pkey PRIMARY KEY (tenant_id, address_id, attribute_id);


--
-- Name: customer_address customer_address_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_address
    ADD CONSTRAINT customer_address_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: customer_attribute customer_attribute_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_attribute
    ADD CONSTRAINT customer_attribute_pkey PRIMARY KEY (tenant_id, customer_id, attribute_id);


--
-- Name: customer_count customer_count_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_count
    ADD CONSTRAINT customer_count_pkey PRIMARY KEY (tenant_id, dimension, value);


--
-- Name: customer_document customer_document_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_document
    ADD CONSTRAINT customer_document_pkey PRIMARY KEY (tenant_id, customer_id);


--
-- Name: customer_group_excluded_website customer_group_excluded_website_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_group_excluded_website
    ADD CONSTRAINT customer_group_excluded_website_pkey PRIMARY KEY (tenant_id, group_id, website_id);


--
-- Name: customer_group customer_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_group
    ADD CONSTRAINT customer_group_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: customer_otp customer_otp_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_otp
    ADD CONSTRAINT customer_otp_pkey PRIMARY KEY (tenant_id, otp_hash);


--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: customer_search_stale customer_search_stale_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_search_stale
    ADD CONSTRAINT customer_search_stale_pkey PRIMARY KEY (tenant_id, customer_id);


--
-- Name: customer_search_state customer_search_state_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_search_state
    ADD CONSTRAINT customer_search_state_pkey PRIMARY KEY (tenant_id);


--
-- Name: customer_token customer_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customer_token
    ADD CONSTRAINT customer_token_pkey PRIMARY KEY (tenant_id, token_hash);


--
-- Name: idempotent_request idempotent_request_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotent_request
    ADD CONSTRAINT idempotent_request_pkey PRIMARY KEY (tenant_id, credential_id, key_hash);


--
-- Name: identity_epoch identity_epoch_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.identity_epoch
    ADD CONSTRAINT identity_epoch_pkey PRIMARY KEY (id);


--
-- Name: ims_user ims_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ims_user
    ADD CONSTRAINT ims_user_pkey PRIMARY KEY (id);


--
-- Name: instance instance_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.instance
    ADD CONSTRAINT instance_pkey PRIMARY KEY (tenant_id);


--
-- Name: login_attempt login_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_attempt
    ADD CONSTRAINT login_attempt_pkey PRIMARY KEY (organisation_id, email_hash);


--
-- Name: login login_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login
    ADD CONSTRAINT login_pkey PRIMARY KEY (id_hash);


--
-- Name: mail mail_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: organisation organisation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT organisation_pkey PRIMARY KEY (id);


--
-- Name: project project_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (organisation_id, id);


--
-- Name: refresh_token refresh_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refresh_token
    ADD CONSTRAINT refresh_token_pkey PRIMARY KEY (id_hash);


--
-- Name: revoked_token revoked_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.revoked_token
    ADD CONSTRAINT revoked_token_pkey PRIMARY KEY (id_hash);


--
-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (number);


--
-- Name: setting setting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (tenant_id, path, scope, scope_id);


--
-- Name: signing_key signing_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.signing_key
    ADD CONSTRAINT signing_key_pkey PRIMARY KEY (number);


--
-- Name: store_group store_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.store_group
    ADD CONSTRAINT store_group_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: store_view store_view_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.store_view
    ADD CONSTRAINT store_view_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: tax_class tax_class_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tax_class
    ADD CONSTRAINT tax_class_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: token_family token_family_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.token_family
    ADD CONSTRAINT token_family_pkey PRIMARY KEY (id);


--
-- Name: transfer transfer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transfer
    ADD CONSTRAINT transfer_pkey PRIMARY KEY (tenant_id, name);


--
-- Name: website website_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.website
    ADD CONSTRAINT website_pkey PRIMARY KEY (tenant_id, id);


--
-- Name: acl_role_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX acl_role_by_name ON public.acl_role USING btree (organisation_id, name_folded);


--
-- Name: acl_role_credential_by_role; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX acl_role_credential_by_role ON public.acl_role_credential USING btree (role_id);


--
-- Name: acl_role_user_by_role; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX acl_role_user_by_role ON public.acl_role_user USING btree (role_id);


--
-- Name: attribute_by_code; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX attribute_by_code ON public.attribute USING btree (tenant_id, entity, code);


--
-- Name: attribute_option_by_attribute; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX attribute_option_by_attribute ON public.attribute_option USING btree (tenant_id, attribute_id, sort_order, id);


--
-- Name: authorization_code_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX authorization_code_by_end ON public.authorization_code USING btree (ends_at);


--
-- Name: bulk_by_due_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bulk_by_due_at ON public.bulk USING btree (due_at) WHERE (due_at IS NOT NULL);


--
-- Name: bulk_by_start_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bulk_by_start_time ON public.bulk USING btree (start_time);


--
-- Name: bulk_by_start_time_unwhole; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bulk_by_start_time_unwhole ON public.bulk USING btree (start_time) WHERE (is_whole = 0);


--
-- Name: bulk_by_uuid; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX bulk_by_uuid ON public.bulk USING btree (tenant_id, uuid);


--
-- Name: consent_by_credential; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX consent_by_credential ON public.consent USING btree (credential_id);


--
-- Name: credential_by_client_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX credential_by_client_id ON public.credential USING btree (client_id);


--
-- Name: credential_by_organisation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX credential_by_organisation ON public.credential USING btree (organisation_id, id);


--
-- Name: customer_address_attribute_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customer_address_attribute_unique ON public.customer_address_attribute USING btree (tenant_id, attribute_id, unique_key);


--
-- Name: customer_address_by_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_address_by_customer ON public.customer_address USING btree (tenant_id, customer_id, id);


--
-- Name: customer_address_by_postcode; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_address_by_postcode ON public.customer_address USING btree (tenant_id, postcode_folded, customer_id, id) WHERE (postcode_folded IS NOT NULL);


--
-- Name: customer_address_by_telephone; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_address_by_telephone ON public.customer_address USING btree (tenant_id, telephone_folded, customer_id, id) WHERE (telephone_folded IS NOT NULL);


--
-- Name: customer_attribute_by_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_attribute_by_number ON public.customer_attribute USING btree (tenant_id, attribute_id, number, customer_id) WHERE (number IS NOT NULL);


--
-- Name: customer_attribute_by_value; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_attribute_by_value ON public.customer_attribute USING btree (tenant_id, attribute_id, folded, customer_id);


--
-- Name: customer_attribute_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customer_attribute_unique ON public.customer_attribute USING btree (tenant_id, attribute_id, unique_key);


--
-- Name: customer_by_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_created_at ON public.customer USING btree (tenant_id, created_at, id, website_id, store_id, group_id);


--
-- Name: customer_by_dob; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_dob ON public.customer USING btree (tenant_id, dob, id) WHERE (dob IS NOT NULL);


--
-- Name: customer_by_email; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customer_by_email ON public.customer USING btree (tenant_id, email_folded, email_scope);


--
-- Name: customer_by_firstname; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_firstname ON public.customer USING btree (tenant_id, firstname_folded, id);


--
-- Name: customer_by_group; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_group ON public.customer USING btree (tenant_id, group_id, id);


--
-- Name: customer_by_lastname; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_lastname ON public.customer USING btree (tenant_id, lastname_folded, id);


--
-- Name: customer_by_store; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_store ON public.customer USING btree (tenant_id, store_id, id);


--
-- Name: customer_by_taxvat; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_taxvat ON public.customer USING btree (tenant_id, taxvat_folded, id) WHERE (taxvat_folded IS NOT NULL);


--
-- Name: customer_by_updated_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_updated_at ON public.customer USING btree (tenant_id, updated_at, id, website_id, store_id, group_id);


--
-- Name: customer_by_website; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_by_website ON public.customer USING btree (tenant_id, website_id, id);


--
-- Name: customer_group_by_code; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customer_group_by_code ON public.customer_group USING btree (tenant_id, code_folded);


--
-- Name: customer_otp_by_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_otp_by_customer ON public.customer_otp USING btree (tenant_id, customer_id);


--
-- Name: customer_token_by_customer; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customer_token_by_customer ON public.customer_token USING btree (tenant_id, customer_id);


--
-- Name: idempotent_request_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotent_request_by_end ON public.idempotent_request USING btree (expires_at);


--
-- Name: ims_user_by_email; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ims_user_by_email ON public.ims_user USING btree (organisation_id, email_folded);


--
-- Name: ims_user_by_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ims_user_by_user_id ON public.ims_user USING btree (user_id);


--
-- Name: instance_by_code; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX instance_by_code ON public.instance USING btree (code);


--
-- Name: instance_by_organisation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX instance_by_organisation ON public.instance USING btree (organisation_id, tenant_id);


--
-- Name: login_attempt_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_attempt_by_time ON public.login_attempt USING btree (last_at);


--
-- Name: login_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_by_end ON public.login USING btree (ends_at);


--
-- Name: login_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX login_by_user ON public.login USING btree (user_id);


--
-- Name: mail_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mail_due ON public.mail USING btree (next_attempt_at) WHERE (state = 'queued'::text);


--
-- Name: organisation_by_ims_org_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX organisation_by_ims_org_id ON public.organisation USING btree (ims_org_id);


--
-- Name: refresh_token_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX refresh_token_by_end ON public.refresh_token USING btree (ends_at);


--
-- Name: refresh_token_by_family; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX refresh_token_by_family ON public.refresh_token USING btree (family_id);


--
-- Name: revoked_token_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX revoked_token_by_end ON public.revoked_token USING btree (ends_at);


--
-- Name: signing_key_by_kid; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX signing_key_by_kid ON public.signing_key USING btree (kid);


--
-- Name: store_group_by_code; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX store_group_by_code ON public.store_group USING btree (tenant_id, code);


--
-- Name: store_view_by_code; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX store_view_by_code ON public.store_view USING btree (tenant_id, code);


--
-- Name: tax_class_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX tax_class_by_name ON public.tax_class USING btree (tenant_id, type, name_folded);


--
-- Name: token_family_by_credential; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX token_family_by_credential ON public.token_family USING btree (credential_id);


--
-- Name: token_family_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX token_family_by_end ON public.token_family USING btree (ends_at);


--
-- Name: token_family_by_login; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX token_family_by_login ON public.token_family USING btree (login_hash);


--
-- Name: token_family_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX token_family_by_user ON public.token_family USING btree (user_id);


--
-- Name: website_by_code; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX website_by_code ON public.website USING btree (tenant_id, code);


--
-- PostgreSQL database dump complete
--


