# As much as a team writes for Secrets in Rego: six rules, none of which derives anything.
package main

import rego.v1

values[key] := value if some key, value in input.stringData

values[key] := base64.decode(value) if {
	some key, value in input.data
	not input.stringData[key]
}

deny contains msg if {
	some key, value in values
	lower(value) in {"changeme", "change_me", "password", "secret", "todo", "example"}
	msg := sprintf("%s is a placeholder", [key])
}

deny contains msg if {
	some key, value in values
	endswith(lower(key), "password")
	count(value) < 15
	msg := sprintf("%s is too short", [key])
}

deny contains msg if {
	some key, value in values
	endswith(value, "\n")
	msg := sprintf("%s ends with a newline", [key])
}

deny contains msg if {
	some key, value in values
	startswith(value, "\"")
	endswith(value, "\"")
	msg := sprintf("%s is in quotes", [key])
}

deny contains msg if {
	some key, value in values
	regex.match(`^\$\(.*\)$`, value)
	msg := sprintf("%s is a command", [key])
}

deny contains msg if {
	user := values.POSTGRES_USER
	password := values.POSTGRES_PASSWORD
	not startswith(values.DATABASE_URL, sprintf("postgresql://%s:%s@", [user, password]))
	msg := "DATABASE_URL has another login"
}
