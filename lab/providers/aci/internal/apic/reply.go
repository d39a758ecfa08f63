package apic

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Object is one managed object of a reply.
type Object struct {
	Class      string
	Attributes map[string]string
	Children   []Object
}

// UnmarshalJSON reads the APIC's form, {"fvTenant": {"attributes": {…}, "children": […]}}.
func (o *Object) UnmarshalJSON(data []byte) error {
	var wire map[string]struct {
		Attributes map[string]string `json:"attributes"`
		Children   []Object          `json:"children"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	for class, parts := range wire {
		*o = Object{Class: class, Attributes: parts.Attributes, Children: parts.Children}
	}
	return nil
}

type reply struct {
	status int
	header http.Header
	body   []byte
	url    string
}

// mayPass tells whether sending again can help: the web server in front of the APIC is
// busy or restarting (500 to 504, 405, or its own HTML page for "not found").
func (r *reply) mayPass() bool {
	if r.status >= 500 && r.status <= 504 || r.status == http.StatusMethodNotAllowed {
		return true
	}
	return r.status == http.StatusNotFound && r.header.Get("Server") == "Cisco APIC" &&
		strings.Contains(string(r.body), "<hr><center>Cisco APIC</center>")
}

func (r *reply) objects() ([]Object, error) {
	var envelope struct {
		Imdata []Object `json:"imdata"`
	}
	if err := json.Unmarshal(r.body, &envelope); err != nil {
		return nil, &ConnectionError{Cause: fmt.Errorf("failed to parse JSON response from: %s\nHTTP response status: %d\nMessage: %s",
			r.url, r.status, plainText(string(r.body)))}
	}
	return envelope.Imdata, nil
}

// judge turns a final reply into objects or into the error that the APIC reported.
func (r *reply) judge(method string) ([]Object, error) {
	objects, err := r.objects()
	if err != nil || r.status == http.StatusOK {
		return objects, err
	}
	code, text := reported(objects)
	if Ignorable(code, text) {
		return nil, nil
	}
	denied := code == "401" || (code == "403" && text == "")
	return nil, &ReplyError{Status: r.status, Method: method, Code: code, Text: text, Unauthorized: denied}
}

func reported(objects []Object) (code, text string) {
	for _, object := range objects {
		if object.Class == "error" {
			return object.Attributes["code"], object.Attributes["text"]
		}
	}
	return "", ""
}

var markup = regexp.MustCompile(`(?s)<head>.*?</head>|<[^>]*>`)

// plainText makes an HTML error page of the APIC's web server readable in one line.
func plainText(page string) string {
	if text := strings.Join(strings.Fields(markup.ReplaceAllString(page, " ")), " "); text != "" {
		return text
	}
	return "Empty APIC HTML Response"
}
