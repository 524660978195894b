"""What went over the wire and what was decided on it: a bounded ring, masked and put into words when it is read."""
