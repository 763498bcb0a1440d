// Fills in Go templates with the functions and options that External Secrets uses: text/template, sprig without env and expandenv,
// missingkey=error, data as a map of strings. Standard input: [{"template": "…", "data": {"KEY": "value"}}]; standard output:
// [{"text": "…"} or {"error": "…"}].
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type job struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"`
}

type result struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

func main() {
	var jobs []job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		panic(err)
	}
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	results := make([]result, 0, len(jobs))
	for _, each := range jobs {
		results = append(results, fill(each, functions))
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}

func fill(each job, functions template.FuncMap) result {
	parsed, err := template.New("key").Option("missingkey=error").Funcs(functions).Parse(each.Template)
	if err != nil {
		return result{Error: err.Error()}
	}
	var text strings.Builder
	if err := parsed.Execute(&text, each.Data); err != nil {
		return result{Error: err.Error()}
	}
	return result{Text: text.String()}
}
