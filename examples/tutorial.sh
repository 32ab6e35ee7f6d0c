#!/usr/bin/env bash
# The customer tutorial of Adobe Commerce as a Cloud Service, as written: get an access token with the credential's
# client id and secret, create a customer, change the customer's last name. Only the two base URLs are variables.
#
#   IMS_URL         the token service          (Adobe's: https://ims-na1.adobelogin.com)
#   REST_ENDPOINT   the instance's REST URL    (Adobe's: https://na1-sandbox.api.commerce.adobe.com/<tenant-id>)
#   CLIENT_ID, CLIENT_SECRET                   the server-to-server credential
#   EMAIL           of the new customer, john.doe@example.com if it is not set
#
# Prints the created and the updated customer, one line of JSON each; what happens goes to standard error.
set -euo pipefail

: "${IMS_URL:?the base URL of the token service, such as http://127.0.0.1:8080}"
: "${REST_ENDPOINT:?the REST endpoint of the instance, such as http://127.0.0.1:8080/<tenant-id>}"
: "${CLIENT_ID:?the client id of the credential}"
: "${CLIENT_SECRET:?the client secret of the credential}"
email=${EMAIL:-john.doe@example.com}
scopes=openid,AdobeID,email,additional_info.projectedProductContext,profile,commerce.aco.ingestion,commerce.accs,org.read,additional_info.roles

say() { echo "$*" >&2; }

# Sends a request; prints the body of a success, and fails with the body on standard error otherwise.
call() {
  local answer
  answer=$(curl --silent --show-error --fail-with-body --max-time 30 "$@") || { say "refused: $answer"; exit 1; }
  printf '%s\n' "$answer"
}

# member NAME JSON: the first member of that name, without its quotes. Enough for a token and an id; use jq for more.
member() {
  local pattern="\"$1\" *: *\"?([^\",}]+)"
  [[ $2 =~ $pattern ]] || { say "the answer holds no $1: $2"; exit 1; }
  printf '%s\n' "${BASH_REMATCH[1]}"
}

say "1. Get an access token"
answer=$(call -X POST "$IMS_URL/ims/token/v3" \
  -H 'Content-Type: application/x-www-form-urlencoded' \
  --data-urlencode 'grant_type=client_credentials' \
  --data-urlencode "client_id=$CLIENT_ID" \
  --data-urlencode "client_secret=$CLIENT_SECRET" \
  --data-urlencode "scope=$scopes")
token=$(member access_token "$answer")

say "2. Create a customer"
created=$(call -X POST "$REST_ENDPOINT/V1/customers" \
  -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' \
  -d '{
    "customer": {
      "email": "'"$email"'",
      "firstname": "John",
      "lastname": "Doe",
      "store_id": 1,
      "website_id": 1
    },
    "password": "TempPa55word!"
  }')
printf '%s\n' "$created"
id=$(member id "$created")

# updated_at counts in seconds; a reader should see it move.
sleep 1.1

say "3. Change the last name of customer $id"
call -X PUT "$REST_ENDPOINT/V1/customers/$id" \
  -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' \
  -d '{
    "customer": {
      "id": '"$id"',
      "email": "'"$email"'",
      "firstname": "John",
      "lastname": "Doe-Updated"
    }
  }'
