DROP TABLE postcode_district;
DROP VIEW said_and_did;
DROP TABLE public_answer;
DROP TABLE concern_owner;
