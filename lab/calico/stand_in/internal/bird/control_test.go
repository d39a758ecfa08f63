package bird

import (
	"bufio"
	"strings"
	"testing"
)

const table = `2002-name     proto    table    state  since       info
1002-static1  Static   master   up     05:00:00    
1006-  Preference:     200
   Input filter:   ACCEPT
 
1002-Node_192_0_2_241 BGP      master   up     05:00:00    Established   
1006-  Description:    Connection to BGP peer
   Preference:     100
     BGP state:          Established
     Neighbor address: 192.0.2.241
     Neighbor AS:      65002
 
1002-Node_192_0_2_242 BGP      master   start  05:00:00    Active        
1006-  Description:    Connection to BGP peer
     BGP state:          Active
     Neighbor address: 192.0.2.242
 
0000 
`

func TestItReadsSessions(t *testing.T) {
	lines, err := read(bufio.NewScanner(strings.NewReader(table)))
	if err != nil {
		t.Fatal(err)
	}
	found := sessions(lines)
	wanted := []Session{
		{"Node_192_0_2_241", "192.0.2.241", "Established"}, {"Node_192_0_2_242", "192.0.2.242", "Active"},
	}
	if len(found) != 2 || found[0] != wanted[0] || found[1] != wanted[1] {
		t.Errorf("got %+v", found)
	}
}

func TestWhatBIRDRefusesIsAnError(t *testing.T) {
	refused := "0002-Reading configuration\n8002 bird.cfg, line 3: syntax error\n"
	_, err := read(bufio.NewScanner(strings.NewReader(refused)))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
	if _, err := read(bufio.NewScanner(strings.NewReader("0002-Reading"))); err == nil {
		t.Error("half a reply was taken")
	}
}
