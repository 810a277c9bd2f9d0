sudo ./ecoparc-agent service install && sudo ./ecoparc-agent configure --collector {address} --token {token} --label "$(hostname)" && sudo ./ecoparc-agent service start
