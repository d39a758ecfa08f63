package selector

import (
	"fmt"
	"regexp"
	"strings"
)

type kind int

const (
	word    kind = iota // a label, or a word of the language: in, not, contains, starts, ends, with, has, all, global
	literal             // a quoted string, without its quotes
	symbol              // == != && || ! ( ) { } ,
)

type token struct {
	kind kind
	text string
}

var (
	labels  = regexp.MustCompile(`^[A-Za-z0-9_./-]+`)
	symbols = []string{"==", "!=", "&&", "||", "!", "(", ")", "{", "}", ","}
)

func tokenize(text string) (tokens []token, err error) {
	for text = strings.TrimLeft(text, " \t\n"); text != ""; text = strings.TrimLeft(text, " \t\n") {
		next, length, err := first(text)
		if err != nil {
			return nil, err
		}
		tokens, text = append(tokens, next), text[length:]
	}
	return tokens, nil
}

// first returns the token that the text begins with, and how long it is there.
func first(text string) (token, int, error) {
	if quote := text[:1]; quote == "'" || quote == `"` {
		end := strings.Index(text[1:], quote)
		if end < 0 {
			return token{}, 0, fmt.Errorf("a string without its end: %s", text)
		}
		return token{literal, text[1 : 1+end]}, end + 2, nil
	}
	for _, one := range symbols {
		if strings.HasPrefix(text, one) {
			return token{symbol, one}, len(one), nil
		}
	}
	if found := labels.FindString(text); found != "" {
		return token{word, found}, len(found), nil
	}
	return token{}, 0, fmt.Errorf("unexpected characters: %s", text)
}
