"""The lab's simulated vCenter. Whatever it does is simulated; its About and every reply say so."""
