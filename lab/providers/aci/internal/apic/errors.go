package apic

import (
	"fmt"
	"strings"
)

// NotTheLabError says that a host answered without the simulator's header.
type NotTheLabError struct{ Host string }

func (e *NotTheLabError) Error() string {
	return fmt.Sprintf("This is the lab's stand-in for the ACI provider, and %s did not answer as the lab's APIC simulator does. "+
		"Nothing was changed. For a real APIC, run terraform init with the real provider (without the lab's CLI configuration).", e.Host)
}

// ConnectionError says that no usable answer came, also not after the retries.
type ConnectionError struct{ Cause error }

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("Failed to connect to APIC. Verify that you are connecting to an APIC.\nError message: %v", e.Cause)
}

func (e *ConnectionError) Unwrap() error { return e.Cause }

// ReplyError is an error that the APIC itself reported, with its code and text.
type ReplyError struct {
	Status       int
	Method       string
	Code, Text   string
	Unauthorized bool
}

func (e *ReplyError) Error() string {
	return fmt.Sprintf("Response Status Code: %d, Error Code: %s, Error Message: %s.", e.Status, e.Code, e.Text)
}

// Summary is the one-line form that the real provider prints above the message.
func (e *ReplyError) Summary() string {
	if e.Unauthorized {
		return "Unable to authenticate. Please check your credentials"
	}
	return fmt.Sprintf("The %s rest request failed", strings.ToLower(e.Method))
}

// Ignorable tells whether the real provider goes on after this APIC error: the object
// exists already, is gone already, is built in, or a request for it is in progress.
// An object that something else still uses (107 "make sure it's not used …") is not.
func Ignorable(code, text string) bool {
	switch code {
	case "103", "202":
		return true
	case "107":
		return !strings.HasSuffix(text, "make sure it's not used before deleting it")
	case "120":
		return strings.HasSuffix(text, "can not be deleted.")
	case "1":
		return strings.HasSuffix(text, "cannot be deleted.")
	}
	return false
}
