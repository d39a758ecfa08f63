// Package bird runs Debian's BIRD 1.6 and talks to it over its control socket.
package bird

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"time"
)

// patience is how long one command may take.
const patience = 5 * time.Second

// Ask sends a command and returns the lines of the reply without their codes. A reply of 8xxx or 9xxx is an error.
func Ask(socket, command string) ([]string, error) {
	lines, err := ask(socket, command)
	if err != nil {
		return nil, err
	}
	return lines[1:], nil
}

// ask returns BIRD's greeting too.
func ask(socket, command string) ([]string, error) {
	connection, err := net.DialTimeout("unix", socket, patience)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	replies := bufio.NewScanner(connection)
	greeting, err := read(replies)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(connection, command); err != nil {
		return nil, err
	}
	lines, err := read(replies)
	return append(greeting, lines...), err
}

// read takes lines up to the last one of a reply: `CODE text`; earlier ones are `CODE-text` or ` text`.
func read(replies *bufio.Scanner) (lines []string, err error) {
	for replies.Scan() {
		line := replies.Text()
		if strings.HasPrefix(line, " ") || len(line) < 5 {
			lines = append(lines, strings.TrimPrefix(line, " "))
			continue
		}
		lines = append(lines, line[5:])
		if line[4] == ' ' {
			if line[0] == '8' || line[0] == '9' {
				return nil, fmt.Errorf("BIRD: %s", line[5:])
			}
			return lines, nil
		}
	}
	if err := replies.Err(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("BIRD ended the conversation")
}

// Session is one BGP protocol of BIRD's.
type Session struct {
	Name, Address, State string
}

// Established tells whether routes can pass.
func (s Session) Established() bool { return s.State == "Established" }

// Sessions asks for all BGP sessions.
func Sessions(socket string) ([]Session, error) {
	lines, err := Ask(socket, "show protocols all")
	if err != nil {
		return nil, err
	}
	return sessions(lines), nil
}

// sessions reads the table: a line for each protocol begins with its name, what belongs to it is indented.
func sessions(lines []string) (found []Session) {
	current := -1
	for _, line := range lines {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case line[0] != ' ':
			current = -1
			if len(fields) > 1 && fields[1] == "BGP" {
				found = append(found, Session{Name: fields[0]})
				current = len(found) - 1
			}
		case current < 0:
		case strings.HasPrefix(strings.TrimSpace(line), "BGP state:"):
			found[current].State = fields[len(fields)-1]
		case strings.HasPrefix(strings.TrimSpace(line), "Neighbor address:"):
			found[current].Address = fields[len(fields)-1]
		}
	}
	return found
}

// Recovering tells whether a graceful restart of BIRD itself is under way.
func Recovering(socket string) (bool, error) {
	lines, err := Ask(socket, "show status")
	return strings.Contains(strings.Join(lines, "\n"), "Graceful restart recovery in progress"), err
}
